// A component with a manager, tested with the real service behind it.
const { act, createElement, StrictMode, useSyncExternalStore } = require("react");
const { fireEvent, render, screen } = require("@testing-library/react");
const { SessionError, createTestBridge } = require("session-bridge/testing");

function List({ manager }) {
  const { sessions, status } = useSyncExternalStore(manager.subscribe, manager.getSnapshot, manager.getServerSnapshot);
  const add = () => manager.addSession({ userId: "u", data: { name: "Grace" } });
  const items = sessions.map(({ id, data, pending }) => createElement("li", { key: id, "data-pending": pending }, data.name));
  return createElement("div", null, createElement("p", null, status), createElement("ul", null, items), createElement("button", { onClick: add }, "Add"));
}

const show = (bridge) => render(createElement(StrictMode, null, createElement(List, { manager: bridge.manager })));
let bridge;
beforeEach(async () => (bridge = await createTestBridge({ sessions: [{ id: "ada", userId: "u1", data: { name: "Ada" } }] })));
afterEach(() => bridge.close());

test("a component shows what there is, what it writes, and that the connection is gone", async () => {
  show(bridge);
  expect(screen.getByText("Ada")).toBeTruthy();
  expect(screen.getByText("live")).toBeTruthy();
  await act(async () => void fireEvent.click(screen.getByText("Add")));
  expect(screen.getByText("Grace").dataset.pending).toBe("false");
  await act(() => bridge.disconnect());
  expect(screen.getByText("reconnecting")).toBeTruthy();
  await act(() => bridge.reconnect());
  expect(screen.getByText("live")).toBeTruthy();
});

test("under fake timers too", async () => {
  jest.useFakeTimers();
  try {
    const other = await createTestBridge();
    show(other);
    fireEvent.click(screen.getByText("Add"));
    const item = await screen.findByText("Grace");
    await act(() => other.advance());
    expect(item.dataset.pending).toBe("false");
    await act(() => jest.advanceTimersByTimeAsync(3_600_000));
    expect(screen.getByText("live")).toBeTruthy();
    await act(() => other.close());
  } finally {
    jest.useRealTimers();
  }
});

test("errors are of the class that comes along", async () => {
  await expect(bridge.manager.updateSession("nobody", {})).rejects.toThrow(SessionError);
  await expect(bridge.manager.updateSession("nobody", {})).rejects.toMatchObject({ code: "not_found" });
});
