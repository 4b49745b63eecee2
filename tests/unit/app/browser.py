"""A headless Chromium with real keys and mouse, over the DevTools protocol's pipe: no port, no
library. Source: chromedevtools.github.io/devtools-protocol."""

import json
import os
import subprocess

KEYS = {" ": ("Space", 32), "ArrowRight": ("ArrowRight", 39), "ArrowLeft": ("ArrowLeft", 37),
        "ArrowDown": ("ArrowDown", 40), "ArrowUp": ("ArrowUp", 38), "Home": ("Home", 36),
        "End": ("End", 35), ".": ("Period", 190), ",": ("Comma", 188)}


class Browser:
    def __init__(self, chromium, profile):
        from_us, to_it = os.pipe()
        from_it, to_us = os.pipe()
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}",
                   "--remote-debugging-pipe", "about:blank"]
        # Chromium reads its commands from descriptor 3 and answers on 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{from_us} 4>&{to_us}', "bash", *command],
            pass_fds=(from_us, to_us), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.out, self.answers = os.fdopen(to_it, "wb", buffering=0), os.fdopen(from_it, "rb")
        self.number, self.session = 0, None
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.answers.close()

    def message(self):
        text = b""
        while not text.endswith(b"\0"):
            byte = self.answers.read(1)
            if not byte:
                raise AssertionError("the browser is gone")
            text += byte
        return json.loads(text[:-1])

    def call(self, method, **params):
        self.number += 1
        command = {"id": self.number, "method": method, "params": params}
        if self.session:
            command["sessionId"] = self.session
        self.out.write(json.dumps(command).encode() + b"\0")
        while True:  # events come between answers
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.value("new Promise(done => document.readyState === 'complete' ? done(0)"
                   " : addEventListener('load', () => done(0)))")

    def value(self, script):
        """What `script` gives, awaited."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key):
        code, number = KEYS[key]
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number)

    def click(self, name, across=0.5):
        """In the middle of the element, or `across` of its width."""
        x, y = self.value(f"(() => {{ const node = document.getElementById('{name}'); node.scrollIntoView();"
                          " const r = node.getBoundingClientRect();"
                          f" return [r.left + r.width * {across}, r.top + r.height / 2]; }})()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
