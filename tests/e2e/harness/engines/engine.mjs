/**
 * What the scenarios know of a browser. They name no driver: each engine's file makes these of its own.
 *
 * @typedef {object} Engine
 * @property {string} name as it stands in E2E_ENGINES
 * @property {string} title for people
 * @property {Record<string, Situation>} settings what it may grant to a frame of another site, by name
 * @property {Powers} can
 * @property {(setting: string) => Promise<Browser>} launch one in which nothing is stored yet
 *
 * @typedef {object} Situation what a page of another site reaches under a setting
 * @property {string} title as docs/levels.md has it
 * @property {"handle" | "partitioned" | "memory"} level
 * @property {boolean} shared whether two sites share one store
 * @property {"same-site" | "memory"} [own] what pages of the owner's own site reach (default "same-site")
 *
 * @typedef {object} Powers what not every driver can do, or not every browser does
 * @property {boolean} [permit] make the user's choice about a frame's access to unpartitioned storage, while pages run
 * @property {boolean} [meddle] slow, pause, cut off and answer for pages and frames, and change what a site may store
 * @property {boolean} crashFrame kill the frame's process alone
 * @property {boolean} freeze suspend the page as a browser does with hidden ones
 * @property {boolean} returnTwice go back to one page more than once
 * @property {boolean} isolateFrame the frame has a process of its own, and the driver can tell
 * @property {boolean} shareAcrossPorts the store of a site is one over the ports of a host
 * @property {boolean} loseFrameToError a frame whose reload fails is left with an error page, not with what it showed
 * @property {boolean} followMany the driver attends to several windows at a time while their frames come and go
 *
 * @typedef {object} Browser
 * @property {(url: string) => Promise<Window>} open in a window of its own, so that the page counts as visible
 * @property {() => Promise<void>} close ends it and removes its profile
 * @property {(owner: string, top: string, choice: "allow" | "block") => Promise<void>} [permit] as patterns of the
 *   browser's settings: schemes and hosts, whose ports they leave out
 * @property {(owner: string, choice: "allow" | "block" | "default") => Promise<void>} [siteData] whether pages and frames of that
 *   host may store anything
 *
 * @typedef {object} Window one page. `origin` names a frame by where it was meant to lead
 * @property {(source: string) => Promise<unknown>} evaluate an expression; a promise is awaited, and the rest crosses as JSON
 * @property {(origin: string, source: string) => Promise<unknown>} evaluateInFrame the same; rejects while no document of
 *   that origin is known to be in the frame
 * @property {(url: string) => Promise<void>} goto
 * @property {() => Promise<void>} reload
 * @property {() => Promise<void>} back
 * @property {(selector: string) => Promise<void>} click with the pointer
 * @property {(text: string) => Promise<void>} type by keyboard, into what has the focus
 * @property {(key: string) => Promise<void>} press one key, by its name in KeyboardEvent
 * @property {(path: string) => Promise<void>} screenshot as PNG
 * @property {() => Promise<void>} hide put another tab in front of it, or minimize its window
 * @property {() => Promise<void>} show take that back
 * @property {() => Promise<string[]>} complaints what the page has complained of to its console
 * @property {() => Promise<void>} close
 * @property {(origin: string) => void} [crashFrame]
 * @property {(origin: string) => boolean} [frameIsIsolated]
 * @property {(frozen: boolean) => Promise<void>} [freeze]
 * @property {(rate: number) => Promise<void>} [slow] how many times slower its processors are from now on
 * @property {(offline: boolean) => Promise<void>} [offline]
 * @property {(origin: string, ms: number) => Promise<void>} [holdFrame] as a debugger does at a breakpoint
 * @property {(origin: string, status: number | null) => Promise<void>} [answerDocuments] what every request for a document of
 *   that origin is answered with from now on
 * @property {(origin: string) => Promise<void>} [clearFrameStorage] as a user who clears the site data of that frame
 */
export {};
