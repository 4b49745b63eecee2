// The window on a real Engine with a scripted model: views, themes, keys, names, status line.

#include <QAccessible>
#include <QCheckBox>
#include <QComboBox>
#include <QDockWidget>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QTest>
#include <algorithm>

#include "tests/ui/window_fixture.h"
#include "ui/chat/chat_panel.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

}  // namespace

class WindowLayoutTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void aLongMessageCoversNothingInASmallWindow();
    void themeSwitchRepaintsAndIsRemembered();
    void everyActionHasAKeyOfItsOwn();
    void everyControlHasAName();
    void viewsAreShownByName();
    void theStatusLineSaysWhereNumbersComeFrom();
    void theStatusLineShowsWhatOtherBranchesTake();
    void speculationIsASettingAndItsSpeedSaysSo();

  private:
    static QPlainTextEdit* composer(WindowFixture& fixture) {
        return fixture.find<QPlainTextEdit>("composerText");
    }
};

void WindowLayoutTest::aLongMessageCoversNothingInASmallWindow() {
    WindowFixture f;
    f.openWithModel();
    f.window().resize(900, 600);
    f.window().setComposerText(text("a word and another ").repeated(100));
    const auto edge = [&f](QWidget* widget, QPoint corner) {
        return widget->mapTo(&f.window(), corner).y();
    };
    auto* choice = f.find<QComboBox>("templateChoice");
    const auto below = [&] {
        return edge(choice, {}) - edge(composer(f), {0, composer(f)->height()});
    };
    QTRY_VERIFY2(below() >= 0, qPrintable(QString::number(below())));
    QVERIFY(composer(f)->height() > 4 * QFontMetrics(composer(f)->font()).height());
    QVERIFY(edge(composer(f), {}) > 200);  // the rest of the conversation stays in sight
    QVERIFY(f.window().minimumSizeHint().width() <= 900);
    f.picture("window-small");
}

void WindowLayoutTest::themeSwitchRepaintsAndIsRemembered() {
    WindowFixture f;
    f.openWithModel();
    QVERIFY(f.window().setTheme(text("dark")));
    const auto lightness = [&] {
        return f.window().chat().grab().toImage().pixelColor(5, 300).lightness();
    };
    const int dark = lightness();
    QTest::keyClick(&f.window(), Qt::Key_T, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(f.window().theme().name(), text("light"));
    QVERIFY2(lightness() > dark + 100, qPrintable(QString::number(lightness())));
    QVERIFY(!f.window().setTheme(text("pink")));
    f.window().close();
    f.open();
    QCOMPARE(f.window().theme().name(), text("light"));
}

void WindowLayoutTest::everyActionHasAKeyOfItsOwn() {
    WindowFixture f;
    f.open();
    QStringList keys;
    for (const QAction* action : f.window().actions()) {
        const QString key = action->shortcut().toString();
        QVERIFY2(!key.isEmpty(), qPrintable(action->text()));
        QVERIFY2(!keys.contains(key), qPrintable(key));
        keys << key;
    }
    QVERIFY(keys.size() > 30);
    auto* routing = f.find<QDockWidget>("routing");
    QVERIFY(routing->isVisible());
    QTest::keyClick(&f.window(), Qt::Key_2, Qt::ControlModifier | Qt::AltModifier);
    QVERIFY(!routing->isVisible());
}

// As a screen reader would say it: the name given, or the text on it, or what its hint says.
void WindowLayoutTest::everyControlHasAName() {
    WindowFixture f;
    f.setReplies({" one"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    int controls = 0;
    for (QWidget* widget : f.window().findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus) continue;
        if (widget->objectName().startsWith(QLatin1String("qt_"))) continue;  // inside another
        QAccessibleInterface* seen = QAccessible::queryAccessibleInterface(widget);
        QVERIFY(seen != nullptr);
        QVERIFY2(!seen->text(QAccessible::Name).isEmpty(),
                 qPrintable(QString::fromLatin1(widget->metaObject()->className()) +
                            QLatin1Char(' ') + widget->objectName()));
        ++controls;
    }
    QVERIFY(controls > 10);
}

void WindowLayoutTest::viewsAreShownByName() {
    WindowFixture f;
    f.open();
    QVERIFY(!f.window().showView(text("nothing")));
    QVERIFY(f.window().showView(text("chat")));
    QVERIFY(!f.find<QWidget>("routing")->isVisible());
    QVERIFY(f.window().showView(text("routing")));
    QVERIFY(f.find<QWidget>("routing")->isVisible());
    QVERIFY(f.window().showView(text("present")));
    QVERIFY(!f.find<QWidget>("conversations")->isVisible());
    QVERIFY(f.window().theme().scale() > 1.2);
    QVERIFY(f.window().showView(text("inspect")));
    QVERIFY(f.find<QWidget>("conversations")->isVisible());
    QVERIFY(f.window().theme().scale() == 1.0);
    for (const QString& name : f.window().viewNames())
        QVERIFY2(f.window().showView(name), qPrintable(name));
}

void WindowLayoutTest::theStatusLineSaysWhereNumbersComeFrom() {
    WindowFixture f;
    f.setReplies({" one two three"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QTRY_VERIFY(f.window().statusText().contains(text("ready")));
    const QString status = f.window().statusText();
    QVERIFY2(status.contains(QStringLiteral("context %1 of").arg(f.session().traceSize())),
             qPrintable(status));
    QVERIFY2(status.contains(text("tokens/s")), qPrintable(status));
    QVERIFY2(status.endsWith(text("MEASURED")) || status.endsWith(text("SYNTHETIC")),
             qPrintable(status));
}

void WindowLayoutTest::theStatusLineShowsWhatOtherBranchesTake() {
    WindowFixture f;
    f.setReplies({" one two three", " four five six"});
    f.openWithModel();
    QVERIFY(f.say(text("hi")));
    QVERIFY(!f.window().statusText().contains(text("branches")));
    f.window().bridge().run([](ChatSession& session) { session.regenerate(); });
    QVERIFY(f.waitIdle());
    static const QRegularExpression shown(
        text(R"(context \d+ of [\d,]+, branches \d[\d.]* [kMG]?B)"));
    QTRY_VERIFY2(f.window().statusText().contains(shown), qPrintable(f.window().statusText()));
    for (const char* look : {"light", "dark"}) {
        f.window().setTheme(text(look));
        f.picture(qPrintable(QStringLiteral("branches-%1").arg(text(look))));
    }
}

void WindowLayoutTest::speculationIsASettingAndItsSpeedSaysSo() {
    WindowFixture f;
    std::string repeats;
    for (int i = 0; i < 60; ++i) repeats += " tick tock";
    f.setReplies({repeats, repeats});
    f.openWithModel();
    auto* box = f.find<QCheckBox>("speculation");
    QVERIFY(box != nullptr);
    QVERIFY(!box->isChecked());
    QVERIFY(!box->toolTip().isEmpty());
    QVERIFY(f.say(text("hi")));
    QTRY_VERIFY(f.window().statusText().contains(text("tokens/s")));
    QVERIFY(!f.window().statusText().contains(text("with drafts")));

    box->click();
    QVERIFY(f.session().speculation());
    f.window().bridge().run([](ChatSession& session) { session.regenerate(); });
    QVERIFY(f.waitIdle());
    QTRY_VERIFY2(f.window().statusText().contains(text("tokens/s with drafts")),
                 qPrintable(f.window().statusText()));
    const auto& tokens = f.session().messages().back().tokens;
    QVERIFY(std::ranges::any_of(tokens, [](const auto& t) { return t.drafted; }));
    QVERIFY(std::ranges::all_of(tokens, [](const auto& t) { return t.routing != nullptr; }));
    for (const char* look : {"light", "dark"}) {
        f.window().setTheme(text(look));
        f.picture(qPrintable(QStringLiteral("speculation-%1").arg(text(look))));
        f.picture(*box->parentWidget(),
                  qPrintable(QStringLiteral("reply-settings-%1").arg(text(look))));
    }

    f.window().close();
    f.openWithModel();
    QVERIFY(f.session().speculation());
    QVERIFY(f.find<QCheckBox>("speculation")->isChecked());
}

QTEST_MAIN(WindowLayoutTest)
#include "window_layout_test.moc"
