#include "tests/ui/window_fixture.h"

#include <QTest>

#include "engine/tokenizer/tokenizer.h"
#include "tests/support/tokenizer_file.h"
#include "ui/window/stall_watch.h"

namespace gatescope::test {

WindowFixture::WindowFixture() : script_(std::make_shared<Script>()) {}

WindowFixture::~WindowFixture() = default;

void WindowFixture::setReplies(const std::vector<std::string>& texts) {
    const auto tokenizer =
        loadTokenizer(dataDir() / "tiny-a/tokenizer.model", script_->config.vocabSize);
    script_->tokenizer = tokenizer;
    script_->replies.clear();
    for (const std::string& text : texts)
        script_->replies.push_back(tokenizer->encodeContinuation(text));
}

void WindowFixture::open() {
    window_.reset();  // one program a profile
    window_ =
        std::make_unique<MainWindow>(MainWindow::Options{.profileDir = profile_.path(),
                                                         .defaultModel = QStringLiteral("scripted"),
                                                         .engine = scriptedEngine(script_),
                                                         .makeCharts = {}});
    window_->resize(1280, 800);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QApplication::setActiveWindow(window_.get());  // offscreen has no window manager to do it
    QTest::qWait(50);                              // first show: fonts, style sheet, layout
    window_->stallWatch().reset();
}

void WindowFixture::openWithModel() {
    open();
    window_->openModel({});
    QVERIFY(waitFor([this] { return session().model() != nullptr; }));
}

bool WindowFixture::waitFor(const std::function<bool()>& condition) {
    return QTest::qWaitFor(condition, 20000);
}

bool WindowFixture::waitIdle() {
    return waitFor([this] { return !session().generating(); });
}

bool WindowFixture::say(const QString& text) {
    window_->setComposerText(text);
    return window_->sendComposer() && waitIdle();
}

long WindowFixture::maxStallMs() const {
    QTest::qWait(30);  // a beat that is under way is counted, too
    return static_cast<long>(window_->stallWatch().maxStall().count());
}

void WindowFixture::picture(const char* name) {
    picture(*window_, name);
}

void WindowFixture::picture(QWidget& widget, const char* name) {
    const auto folder = std::filesystem::path(GATESCOPE_BINARY_DIR) / "ui-pictures";
    std::filesystem::create_directories(folder);
    widget.grab().save(QString::fromStdString((folder / name).string() + ".png"));
}

}  // namespace gatescope::test
