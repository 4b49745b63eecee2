// What a message is written with: context meter, presets, stop strings, seed, templates and the
// prompt they make; and what the line below a reply says of how it was computed.

#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>
#include <QToolButton>
#include <filesystem>
#include <fstream>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/message_footer.h"
#include "ui/composing/composer.h"
#include "ui/composing/context_meter.h"
#include "ui/composing/preset_row.h"
#include "ui/composing/prompt_preview.h"
#include "ui/composing/reply_settings.h"
#include "ui/composing/sampling_view.h"
#include "ui/composing/stop_text.h"
#include "ui/composing/template_editor.h"

using namespace gatescope;
using test::WindowFixture;
namespace fs = std::filesystem;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
}

}  // namespace

class ComposingTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theMeterSaysWhatFitsBeforeItIsSent();
    void aPresetIsChosenChangedKeptAndDeleted();
    void aNameThatCannotBeAFileIsRefused();
    void aPresetWrittenByHandAppearsAndABadOneIsSaid();
    void stopStringsAreEditedALineEach();
    void theSeedOfAReplyCanBeLocked();
    void whatTheSettingsLeaveOfATokenIsShown();
    void theEditorShowsTheExactPrompt();
    void aTemplateOfOnesOwnIsWrittenAndUsed();
    void theLineBelowAReplyTellsTheSpeedsApart();
    void theRestOfAPromptIsEstimated();

  private:
    static Composer& composer(WindowFixture& f) { return f.window().chat().composer(); }
    static QComboBox& presets(WindowFixture& f) {
        return *composer(f).settings().findChild<QComboBox*>(text("presetChoice"));
    }
    static void choose(QComboBox& box, const char* entry) {
        const int row = box.findText(text(entry));
        QVERIFY2(row >= 0, entry);
        box.setCurrentIndex(row);
        Q_EMIT box.activated(row);
    }
};

void ComposingTest::theMeterSaysWhatFitsBeforeItIsSent() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    const ContextMeter& meter = composer(f).meter();
    QTRY_VERIFY(meter.isVisible());
    QVERIFY(meter.warning().isEmpty());
    f.window().setComposerText(text("the sun"));
    QTRY_COMPARE(meter.use().message, f.session().contextUse("the sun").message);
    QVERIFY(meter.use().message > 0);
    f.picture("composer-meter");
    const int capacity = f.session().model()->contextCapacity;
    f.window().setComposerText(text("sun and moon ").repeated(capacity));
    QTRY_VERIFY(!meter.use().fits());
    QVERIFY2(composer(f).explanation().contains(text("too many")),
             qPrintable(composer(f).explanation()));
    f.picture("composer-too-long");
    QVERIFY(f.session().messages().empty());
}

void ComposingTest::aPresetIsChosenChangedKeptAndDeleted() {
    WindowFixture f;
    f.openWithModel();
    QCOMPARE(presets(f).currentText(), text("Balanced"));
    choose(presets(f), "Greedy");
    QCOMPARE(f.session().sampler().temperature, 0.0F);
    SamplerConfig sampler = f.session().sampler();
    sampler.minP = 0.0125F;  // finer than a spin box's step
    f.session().setSampler(sampler);
    composer(f).settings().refresh();
    QCOMPARE(presets(f).currentIndex(), -1);  // none of them
    QCOMPARE(f.session().sampler().minP, 0.0125F);
    QVERIFY(composer(f).settings().presets().saveAs(text("Careful")).isEmpty());
    const fs::path file = f.profile() / "presets" / "Careful.json";
    QTRY_COMPARE(presets(f).currentText(), text("Careful"));
    QVERIFY(fs::exists(file));
    f.open();  // another run
    QTRY_VERIFY(presets(f).findText(text("Careful")) >= 0);
    f.window().bridge().run([](ChatSession& s) { s.setReplyOptions({}); });
    choose(presets(f), "Careful");
    QCOMPARE(f.session().sampler().minP, 0.0125F);
    composer(f).settings().findChild<QToolButton*>(text("removePreset"))->click();
    QTRY_VERIFY(presets(f).findText(text("Careful")) < 0);
    QVERIFY(!fs::exists(file));
}

void ComposingTest::aNameThatCannotBeAFileIsRefused() {
    WindowFixture f;
    f.openWithModel();
    ReplySettings& settings = composer(f).settings();
    for (const char* name : {"", "../up", "Greedy"})
        QVERIFY2(!settings.presets().saveAs(text(name)).isEmpty(), name);
    composer(f).showSettings();
    settings.findChild<QToolButton*>(text("savePreset"))->click();
    auto* name = settings.findChild<QLineEdit*>(text("presetName"));
    QTRY_VERIFY(name->isVisible());
    QTest::keyClicks(name, text("a/b"));
    QTest::keyClick(name, Qt::Key_Return);
    QVERIFY2(settings.note().contains(text("slash")), qPrintable(settings.note()));
    WindowFixture::picture(settings, "reply-settings-dark");
    settings.hide();
    QVERIFY(!fs::exists(f.profile() / "presets"));
}

void ComposingTest::aPresetWrittenByHandAppearsAndABadOneIsSaid() {
    WindowFixture f;
    write(f.profile() / "presets" / "Mine.json", R"({"temperature": 1.5, "stop": ["\n"]})");
    f.openWithModel();
    QTRY_VERIFY(presets(f).findText(text("Mine")) >= 0);
    choose(presets(f), "Mine");
    QCOMPARE(f.session().replyOptions().stopStrings, std::vector<std::string>{"\n"});
    write(f.profile() / "presets" / "Other.json", R"({"top_p": 0.5})");
    QTRY_VERIFY(presets(f).findText(text("Other")) >= 0);
    write(f.profile() / "presets" / "Bad.json", "{\"topp\": 0.5}");
    QTRY_VERIFY2(f.window().currentError().contains(text("unknown setting \"topp\"")),
                 qPrintable(f.window().currentError()));
    QVERIFY(presets(f).findText(text("Mine")) >= 0);
}

void ComposingTest::stopStringsAreEditedALineEach() {
    const std::vector<std::string> stops{"\n\nUser:", "a\tb", "back\\slash", "\\n"};
    QCOMPARE(stopStringsOf(stopText(stops)), stops);
    QCOMPARE(stopStringsOf(text("\n\n")), std::vector<std::string>());
    WindowFixture f;
    f.setReplies({" one two three four"});
    f.openWithModel();
    auto* edit = composer(f).settings().findChild<QPlainTextEdit*>(text("stopStrings"));
    edit->setPlainText(text("three\nx\\ny"));
    QCOMPARE(f.session().replyOptions().stopStrings, (std::vector<std::string>{"three", "x\ny"}));
    QVERIFY(f.say(text("count")));
    QCOMPARE(f.session().messages().back().text, std::string(" one two "));
    f.open();
    QCOMPARE(f.session().replyOptions().stopStrings, (std::vector<std::string>{"three", "x\ny"}));
}

void ComposingTest::theSeedOfAReplyCanBeLocked() {
    WindowFixture f;
    f.setReplies({" one two"});
    f.openWithModel();
    QVERIFY(f.say(text("hello")));
    ReplySettings& settings = composer(f).settings();
    auto* seed = settings.findChild<QLineEdit*>(text("seed"));
    auto* lock = settings.findChild<QToolButton*>(text("seedLock"));
    settings.refresh();
    QVERIFY(seed->text().isEmpty());
    lock->click();
    QCOMPARE(f.session().sampler().seed, f.session().messages().back().sampler.seed);
    QVERIFY(lock->isChecked());
    lock->click();
    QCOMPARE(f.session().sampler().seed, std::uint64_t{0});
    seed->clear();
    QTest::keyClicks(seed, text("18446744073709551615"));  // all 64 bits
    QCOMPARE(f.session().sampler().seed, ~std::uint64_t{0});
    QTest::keyClicks(seed, text("0"));  // one digit too many
    QCOMPARE(seed->text(), text("18446744073709551615"));
}

void ComposingTest::whatTheSettingsLeaveOfATokenIsShown() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    f.window().resize(1200, 800);
    ReplySettings& settings = composer(f).settings();
    QVERIFY(!settings.sampling().stages());
    QVERIFY(f.say(text("hello")));
    settings.refresh();
    QCOMPARE(settings.sampling().work(), 0);  // nobody sees it
    composer(f).showSettings();
    QVERIFY(settings.sampling().isVisible());
    const int work = settings.sampling().work();
    QVERIFY(work > 0 && work < f.session().traceSize());
    WindowFixture::picture(settings, "sampling-dark");
    const auto kept = [&] { return settings.sampling().stages()->kept; };
    f.window().bridge().run([](ChatSession& s) {
        s.setReplyOptions({.sampler = {.temperature = 1, .topK = 5, .topP = 1}});
    });
    settings.refresh();
    QCOMPARE(kept(), 5);
    QVERIFY2(settings.sampling().summary().startsWith(text("5 of ")),
             qPrintable(settings.sampling().summary()));
    QCOMPARE(settings.sampling().work(), work);  // no token is new
    WindowFixture::picture(settings, "sampling-top-k-dark");
    choose(presets(f), "Greedy");
    QCOMPARE(kept(), 1);
    settings.hide();
    QVERIFY(f.window().setTheme(text("light")));
    composer(f).showSettings();
    WindowFixture::picture(settings, "sampling-light");
    settings.hide();
}

void ComposingTest::theEditorShowsTheExactPrompt() {
    WindowFixture f;
    f.setReplies({" one two", " three"});
    f.openWithModel();
    f.window().resize(1200, 800);
    QVERIFY(f.say(text("hello there")));
    f.window().setComposerText(text("and then?"));
    TemplateEditor& editor = composer(f).showTemplates();
    QTRY_VERIFY(editor.isVisible());
    QCOMPARE(editor.picked(), text("transcript"));
    const QString expected =
        text("User: hello there\nAssistant: one two\nUser: and then?\nAssistant:");
    QTRY_COMPARE(editor.preview().text(), expected);
    const int tokens = f.session().contextUse("and then?").prompt();
    QCOMPARE(editor.preview().summary(), text("%1 tokens").arg(tokens));
    WindowFixture::picture(editor, "templates-dark");
    editor.preview().showTokens(true);
    WindowFixture::picture(editor, "templates-tokens-dark");
    QVERIFY(f.window().setTheme(text("light")));
    WindowFixture::picture(editor, "templates-tokens-light");
    editor.preview().showTokens(false);
    WindowFixture::picture(editor, "templates-light");
    // It follows what is typed, and the template that is looked at.
    f.window().setComposerText(text("no"));
    QTRY_VERIFY(editor.preview().text().endsWith(text("User: no\nAssistant:")));
    editor.pick(text("continuation"));
    QTRY_VERIFY(editor.preview().text().endsWith(text("one twono")));
    editor.close();
}

void ComposingTest::aTemplateOfOnesOwnIsWrittenAndUsed() {
    WindowFixture f;
    f.setReplies({" fine"});
    f.openWithModel();
    TemplateEditor& editor = composer(f).showTemplates();
    editor.pick(text("transcript"));
    auto* prefix = editor.findChild<QPlainTextEdit*>(text("templateUser"));
    QVERIFY(prefix->isReadOnly());
    editor.duplicate();
    QTRY_COMPARE(editor.picked(), text("transcript-2"));
    QVERIFY(!prefix->isReadOnly());
    prefix->setPlainText(text("\nHuman: "));
    f.window().setComposerText(text("how are you"));
    QTRY_VERIFY(editor.preview().text().startsWith(text("Human: how are you")));
    const fs::path file = f.profile() / "templates" / "transcript-2.json";
    QTRY_VERIFY(f.session().templates().find("transcript-2") != nullptr &&
                f.session().templates().find("transcript-2")->userPrefix == "\nHuman: ");
    QVERIFY(fs::exists(file));
    const QString prompt = editor.preview().text();
    editor.findChild<QPushButton*>(text("useTemplate"))->click();
    QCOMPARE(f.session().templateName(), std::string("transcript-2"));
    QCOMPARE(f.find<QComboBox>("templateChoice")->currentData().toString(), text("transcript-2"));
    editor.close();
    QVERIFY(f.window().sendComposer());
    QVERIFY(f.waitIdle());
    QString read;
    for (int i = 0; i < f.session().traceSize(); ++i)
        if (!f.session().traceToken(i).generated)
            read += QString::fromStdString(f.session().traceToken(i).text);
    QCOMPARE(read, prompt);
    // Deleted, it is gone from the list; the conversation says so when it is talked to.
    composer(f).showTemplates().pick(text("transcript-2"));
    composer(f).showTemplates().removePicked();
    QTRY_VERIFY(f.session().templates().find("transcript-2") == nullptr);
    QVERIFY(!fs::exists(file));
    composer(f).showTemplates().close();
    f.window().setComposerText(text("again"));
    QVERIFY(!f.window().sendComposer());
    QVERIFY2(f.window().currentError().contains(text("is gone")),
             qPrintable(f.window().currentError()));
}

void ComposingTest::theLineBelowAReplyTellsTheSpeedsApart() {
    WindowFixture f;
    f.setReplies({" one two three", " four five six"});
    f.openWithModel();
    QVERIFY(f.say(text("hello there")));
    QVERIFY(f.say(text("and then?")));
    ChatView& view = f.window().chat().view();
    const auto footer = [&](int index) { return view.footerText(index); };
    QTRY_VERIFY2(footer(3).contains(text("first after")), qPrintable(footer(3)));
    const ReplyRun& run = *f.session().messages()[3].run;
    QVERIFY(run.reusedTokens > 0);
    QVERIFY(
        footer(3).contains(text("%1 of %2 reused").arg(run.reusedTokens).arg(run.promptTokens)));
    QVERIFY(footer(1).contains(text("first after")));  // not only of the last one
    QVERIFY(!footer(1).contains(text("reused")));      // nothing was there before the first
    const QString before = footer(3);
    const auto id = *f.session().currentConversation();
    f.open();
    f.window().bridge().run([&](ChatSession& s) { s.openConversation(id); });
    QTRY_COMPARE(f.window().chat().view().footerText(3), before);
}

void ComposingTest::theRestOfAPromptIsEstimated() {
    using namespace std::chrono_literals;
    const auto start = PrefillProgress::Clock::now();
    PrefillProgress progress;
    QCOMPARE(prefillText(progress), text("Reading the prompt…"));
    progress.add(1000, 5000, start);  // reused: no rate yet
    QVERIFY(!progress.left());
    progress.add(2000, 5000, start + 100ms);
    QVERIFY(!progress.left());  // too early to tell
    progress.add(2000, 5000, start + 2s);
    QCOMPARE(*progress.left(), 6000ms);
    QVERIFY2(prefillText(progress).contains(text("about 6 s left · Esc stops it")),
             qPrintable(prefillText(progress)));
    progress.add(5000, 5000, start + 8s);
    QVERIFY(!progress.left());
    progress.clear();
    QCOMPARE(progress.total(), 0);
}

QTEST_MAIN(ComposingTest)
#include "composing_test.moc"
