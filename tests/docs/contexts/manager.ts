import { SessionError, SessionManager } from "session-bridge";
/** A page with a manager, a button, and a session that somebody looks at. */
declare const manager: SessionManager<{ name: string; visits: number }>;
declare const button: HTMLButtonElement;
declare const id: string;
declare const version: number;
declare function render(): void;
