/** What a page knows when it says hello. */
declare const a: number, b: number, epoch: number, seq: number, tag: number;
