// A process that keeps one core busy, as on the machine of somebody who does other things meanwhile.
import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs `work` while another process computes without a pause, and ends that process.
 *
 * @template T
 * @param {(pid: number) => Promise<T>} work is given the process's number
 * @returns {Promise<T>}
 */
export async function besideABusyCore(work) {
  const busy = spawn(process.execPath, ["--eval", "for (;;);"], { stdio: "ignore" });
  try {
    return await work(busy.pid);
  } finally {
    const ended = once(busy, "exit");
    busy.kill("SIGKILL");
    await ended;
  }
}
