#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "ui/main_window.h"

namespace gatescope::test {

/// A window on a profile of its own, its real Engine running a scripted model with tiny-a's
/// tokenizer. Fails the test if the event loop stood still for more than 100 ms.
class WindowFixture {
  public:
    WindowFixture();
    ~WindowFixture();

    /// What replies say, one text a request. Call before open().
    void setReplies(const std::vector<std::string>& texts);
    Script& script() { return *script_; }
    /// Makes the window; again: closes it and starts over on the same profile.
    void open();
    void openWithModel();
    MainWindow& window() { return *window_; }
    ChatSession& session() { return window_->bridge().session(); }
    const std::filesystem::path& profile() const { return profile_.path(); }

    /// Runs the event loop until `condition` holds; false after 20 s.
    static bool waitFor(const std::function<bool()>& condition);
    bool waitIdle();
    bool say(const QString& text);
    /// A widget of the window by its object name.
    template <class Widget>
    Widget* find(const char* name) {
        return window_->findChild<Widget*>(QString::fromLatin1(name));
    }
    long maxStallMs() const;
    void picture(const char* name);
    static void picture(QWidget& widget, const char* name);

  private:
    ScratchDir profile_;
    std::shared_ptr<Script> script_;
    std::unique_ptr<MainWindow> window_;
};

constexpr long kMaxStallMs = 100;

}  // namespace gatescope::test
