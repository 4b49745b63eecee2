#pragma once

#include <QPushButton>
#include <QSignalSpy>
#include <functional>

#include "tests/ui/view_parts.h"

namespace gatescope::test {

/// The golden model behind a view, asked once.
struct RealChat : ViewParts {
    bool talk(const std::string& text) {
        if (!open((dataDir() / "tiny-a").string(), {.threads = 1})) return false;
        session().setMaxTokens(12);
        return ViewParts::talk(text) && session().traceSize() > 8;
    }
};

/// A view that looks inside computes nothing unasked: `button` is not enabled before there is
/// something to look into, and while it is not pressed `ready` never comes, whatever is picked or
/// chosen meanwhile. Leaves a conversation behind in which the button can be pressed.
template <class Signal>
bool computesNothingUnasked(RealChat& chat,
                            const QPushButton& button,
                            Signal ready,
                            const std::function<void()>& choose) {
    if (button.isEnabled() || !chat.talk("hello")) return false;
    QSignalSpy came(&chat.bridge, ready);
    chat.selection.selectToken(4);
    choose();
    QTest::qWait(100);  // whatever would have been begun
    return came.count() == 0 && button.isEnabled();
}

}  // namespace gatescope::test
