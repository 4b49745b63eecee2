// The window in other languages: which is spoken, whether every text of the catalogues reaches it,
// and whether their longer or shorter words fit. What the catalogues say is for
// translations_test.py.

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QKeySequence>
#include <QLabel>
#include <QLayout>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QTest>
#include <QToolButton>
#include <QTranslator>
#include <QXmlStreamReader>

#include "engine/settings/prompt_template.h"
#include "engine/settings/reply_options.h"
#include "tests/ui/window_fixture.h"
#include "ui/language/engine_words.h"
#include "ui/language/language.h"
#include "ui/language/number_text.h"
#include "ui/plan/rig_plan_dialog.h"
#include "ui/theme/theme.h"
#include "ui/window/profile_settings.h"
#include "ui/window/settings_dialog.h"
#include "ui/window/window_actions.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

/// The process speaks a language as long as this lives.
class Spoken {
  public:
    explicit Spoken(const QString& code) { installLanguage(*qApp, code); }
    ~Spoken() {
        for (auto* translator : qApp->findChildren<QTranslator*>()) delete translator;
        QLocale::setDefault(before_);
    }
    Spoken(const Spoken&) = delete;
    Spoken& operator=(const Spoken&) = delete;

  private:
    QLocale before_;
};

struct Text {
    QByteArray context;
    QByteArray source;
    QString translation;
};

/// As a translator's file has them.
std::vector<Text> catalogue(const QString& code) {
    QFile file(QStringLiteral(GATESCOPE_TRANSLATIONS "/gatescope_%1.ts").arg(code));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&file);
    std::vector<Text> texts;
    QByteArray context;
    QByteArray source;
    while (!xml.atEnd()) {
        if (!xml.readNextStartElement()) continue;
        if (xml.name() == QLatin1String("TS") || xml.name() == QLatin1String("context") ||
            xml.name() == QLatin1String("message"))
            continue;
        const QString name = xml.name().toString();
        const QString content = xml.readElementText();
        if (name == QLatin1String("name")) context = content.toUtf8();
        if (name == QLatin1String("source")) source = content.toUtf8();
        if (name == QLatin1String("translation")) texts.push_back({context, source, content});
    }
    return texts;
}

/// The letter behind "&", in capitals; 0 without one.
QChar mnemonicOf(QString label) {
    label.remove(QStringLiteral("&&"));
    const auto at = label.indexOf(QLatin1Char('&'));
    return at >= 0 && at + 1 < label.size() ? label.at(at + 1).toUpper() : QChar();
}

/// Menus in which one key would have to choose between two entries.
QStringList clashes(const QList<QAction*>& entries, const QString& where) {
    QStringList found;
    QMap<QChar, QString> seen;
    for (const QAction* entry : entries) {
        if (entry->isSeparator() || !entry->isVisible()) continue;
        const QChar letter = mnemonicOf(entry->text());
        if (!letter.isNull()) {
            if (seen.contains(letter))
                found << QStringLiteral("%1: %2 and %3").arg(where, seen[letter], entry->text());
            seen[letter] = entry->text();
        }
        if (const QMenu* menu = entry->menu()) found << clashes(menu->actions(), entry->text());
    }
    return found;
}

/// Buttons whose words do not fit into them.
QStringList cutButtons(const QWidget& window) {
    QStringList found;
    for (const auto* button : window.findChildren<QAbstractButton*>()) {
        if (!button->isVisible() || button->text().isEmpty()) continue;
        const auto* tool = qobject_cast<const QToolButton*>(button);
        if (tool != nullptr && !tool->icon().isNull() &&
            tool->toolButtonStyle() == Qt::ToolButtonIconOnly)
            continue;
        const int needed = button->fontMetrics().size(Qt::TextShowMnemonic, button->text()).width();
        if (button->width() < needed)
            found << QStringLiteral("%1 (%2 of %3 px)")
                         .arg(button->text())
                         .arg(button->width())
                         .arg(needed);
    }
    return found;
}

/// The names of a widget and of what it is in.
QString placeOf(const QWidget* widget) {
    QStringList names;
    for (; widget != nullptr; widget = widget->parentWidget())
        if (!widget->objectName().isEmpty()) names.prepend(widget->objectName());
    return names.join(QLatin1Char('/'));
}

/// What makes a window wider than it should be.
QStringList widest(const QWidget& window) {
    QStringList found{QStringLiteral("%1 x %2, least %3 x %4")
                          .arg(window.width())
                          .arg(window.height())
                          .arg(window.minimumSizeHint().width())
                          .arg(window.minimumSizeHint().height())};
    for (const auto* widget : window.findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->minimumSizeHint().width() < 240) continue;
        found << QStringLiteral("%1 %2: %3 px")
                     .arg(QLatin1String(widget->metaObject()->className()), placeOf(widget))
                     .arg(widget->minimumSizeHint().width());
    }
    return found;
}

}  // namespace

class LanguageTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void followsTheChoiceOrTheSystem_data();
    void followsTheChoiceOrTheSystem();
    void everyTextOfACatalogueReachesTheProgram_data() { codes(); }
    void everyTextOfACatalogueReachesTheProgram();
    void whatTheEngineCallsItsOwnIsSpokenToo_data() { codes(); }
    void whatTheEngineCallsItsOwnIsSpokenToo();
    void numbersFollowTheLanguage();
    void theWindowSpeaksAndFits_data();
    void theWindowSpeaksAndFits();
    void thePlanForMoreDevicesSpeaksAndFits_data() { theWindowSpeaksAndFits_data(); }
    void thePlanForMoreDevicesSpeaksAndFits();
    void aLanguageIsChosenInTheSettings();

  private:
    static void codes() {
        QTest::addColumn<QString>("code");
        for (const Language& language : languages())
            if (language.code != QLatin1String("en"))
                QTest::newRow(qPrintable(language.code)) << language.code;
    }
};

void LanguageTest::followsTheChoiceOrTheSystem_data() {
    QTest::addColumn<QString>("choice");
    QTest::addColumn<QStringList>("system");
    QTest::addColumn<QString>("code");
    const auto row =
        [](const char* name, const char* choice, const QStringList& system, const char* code) {
            QTest::newRow(name) << text(choice) << system << text(code);
        };
    row("chosen", "zh_CN", {text("de-DE")}, "zh_CN");
    row("English is a choice", "en", {text("de-DE")}, "en");
    row("system", "system", {text("de-DE"), text("en-US")}, "de");
    row("another country", "system", {text("de-AT")}, "de");
    row("the first that is spoken", "system", {text("fr-FR"), text("zh-CN")}, "zh_CN");
    row("by script", "system", {text("zh-Hans-SG")}, "zh_CN");
    row("the other Chinese is not spoken", "system", {text("zh-TW"), text("zh-Hant-HK")}, "en");
    row("none", "system", {text("fr-FR")}, "en");
    row("a system that says nothing", "system", {}, "en");
    row("C", "system", {text("C")}, "en");
    row("what no version knew", "tlh", {text("de-DE")}, "de");
}

void LanguageTest::followsTheChoiceOrTheSystem() {
    QFETCH(QString, choice);
    QFETCH(QStringList, system);
    QFETCH(QString, code);
    QCOMPARE(languageFor(choice, system), code);
}

void LanguageTest::everyTextOfACatalogueReachesTheProgram() {
    QFETCH(QString, code);
    const std::vector<Text> texts = catalogue(code);
    QVERIFY2(texts.size() > 1000, qPrintable(QString::number(texts.size())));
    const Spoken spoken(code);
    for (const Text& t : texts)
        QCOMPARE(QCoreApplication::translate(t.context, t.source), t.translation);
    // Qt's own dialogs, from Debian's package.
    QVERIFY(QCoreApplication::translate("QPlatformTheme", "Cancel") != text("Cancel"));
}

void LanguageTest::whatTheEngineCallsItsOwnIsSpokenToo() {
    QFETCH(QString, code);
    const Spoken spoken(code);
    QSet<QString> known;
    for (const Text& t : catalogue(code))
        if (t.context == "EngineWords") known << QString::fromUtf8(t.source);
    const auto listed = [&known](const std::string& words) {
        if (!known.contains(QString::fromStdString(words)))
            QFAIL(qPrintable(QStringLiteral("ui/language/engine_words.cpp lacks “%1”")
                                 .arg(QString::fromStdString(words))));
    };
    const PromptTemplates templates;
    for (const PromptTemplate& t : templates.all()) {
        listed(t.title);
        listed(t.description);
    }
    for (const ReplyPreset& preset : builtInPresets()) {
        listed(preset.name);
        listed(preset.description);
    }
    WindowFixture f;
    f.setReplies({" one two"});
    f.open();
    listed(f.session().status());  // no model
    f.openWithModel();
    listed(f.session().status());  // ready
    QCOMPARE(engineWords("a template of mine"), text("a template of mine"));
}

void LanguageTest::numbersFollowTheLanguage() {
    {
        const Spoken spoken(text("de"));
        QCOMPARE(numberText(0.125, 'f', 3), text("0,125"));
        QCOMPARE(QLocale().toString(12345), text("12.345"));
    }
    const Spoken spoken(text("zh_CN"));
    QCOMPARE(numberText(0.125, 'f', 3), text("0.125"));
}

void LanguageTest::theWindowSpeaksAndFits_data() {
    QTest::addColumn<QString>("code");
    for (const Language& language : languages())
        QTest::newRow(qPrintable(language.code)) << language.code;
}

void LanguageTest::theWindowSpeaksAndFits() {
    QFETCH(QString, code);
    const Spoken spoken(code);
    WindowFixture f;
    f.setReplies({" one two three", " four five"});
    f.openWithModel();
    QVERIFY(f.say(text("What is a river?")));
    const QStringList clashing = clashes(f.window().menuBar()->actions(), text("menu bar"));
    QVERIFY2(clashing.isEmpty(), qPrintable(clashing.join(QLatin1Char('\n'))));
    for (const QString& view : {text("chat"), text("inspect")}) {
        QVERIFY(f.window().showView(view));
        for (const QSize size : {QSize(900, 600), QSize(1366, 768)}) {
            f.window().resize(size);
            QTest::qWait(60);
            f.window().resize(size);  // what the view before needed is gone now
            QTest::qWait(60);
            QVERIFY2(f.window().size() == size,
                     qPrintable(view + QStringLiteral(" became wide: ") +
                                widest(f.window()).join(QLatin1Char('\n'))));
            const QStringList cut = cutButtons(f.window());
            QVERIFY2(cut.isEmpty(),
                     qPrintable(view + QStringLiteral(": ") + cut.join(QLatin1Char('\n'))));
            f.picture(
                qPrintable(QStringLiteral("language-%1-%2-%3").arg(code, view).arg(size.width())));
        }
    }
    for (const QAction* entry : f.window().menuBar()->actions()) {
        QMenu* menu = entry->menu();
        menu->popup({});
        QTest::qWait(20);
        f.picture(*menu,
                  qPrintable(QStringLiteral("language-%1-menu-%2")
                                 .arg(code)
                                 .arg(f.window().menuBar()->actions().indexOf(entry))));
        menu->hide();
    }
}

void LanguageTest::thePlanForMoreDevicesSpeaksAndFits() {
    QFETCH(QString, code);
    const Spoken spoken(code);
    Theme theme(Theme::Mode::Light);
    theme.apply();
    RigPlanDialog dialog(theme, text("synthetic:grok-1"));
    dialog.show();
    const auto* speed = dialog.findChild<QLabel*>(text("rigPlanSpeed"));
    QVERIFY(QTest::qWaitFor([&] { return !speed->text().contains(QChar(0x2026)); }, 30000));
    for (const QSize size : {QSize(440, 620), QSize(860, 720)}) {
        dialog.resize(size);
        QTest::qWait(60);
        QCOMPARE(dialog.size(), size);
        const QStringList cut = cutButtons(dialog);
        QVERIFY2(cut.isEmpty(), qPrintable(cut.join(QLatin1Char('\n'))));
        WindowFixture::picture(
            dialog, qPrintable(QStringLiteral("language-%1-plan-%2").arg(code).arg(size.width())));
    }
}

void LanguageTest::aLanguageIsChosenInTheSettings() {
    WindowFixture f;
    f.open();
    const std::filesystem::path profile = f.profile();
    QCOMPARE(languageIn(profile), text("system"));
    f.window().findChild<WindowActions*>()->settings->trigger();
    auto* choices = f.find<QComboBox>("settingsLanguage");
    auto* now = f.find<QPushButton>("settingsLanguageNow");
    QVERIFY(choices != nullptr && !now->isVisible());
    const int german = choices->findText(text("Deutsch"));
    choices->setCurrentIndex(german);
    Q_EMIT choices->activated(german);
    QVERIFY(now->isVisible());
    f.picture(*f.find<SettingsDialog>("settingsDialog"), "language-settings");
    bool asked = false;
    QObject::connect(
        &f.window(), &MainWindow::restartRequested, &f.window(), [&asked] { asked = true; });
    now->click();
    QVERIFY(asked);
    f.window().close();
    QCOMPARE(languageIn(profile), text("de"));
    f.open();
    f.window().findChild<WindowActions*>()->settings->trigger();
    QCOMPARE(f.find<QComboBox>("settingsLanguage")->currentText(), text("Deutsch"));
}

QTEST_MAIN(LanguageTest)
#include "language_test.moc"
