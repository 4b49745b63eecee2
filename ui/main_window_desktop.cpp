// What a desktop expects of any program: looks, text size, command palette, keys, dropped files.
#include <QAction>
#include <QChildEvent>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QTabBar>

#include "ui/chat/banner.h"
#include "ui/chat/chat_accessible.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/visible_text.h"
#include "ui/composing/composer.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/main_window_impl.h"
#include "ui/view_keys.h"
#include "ui/window/command_palette.h"
#include "ui/window/file_drops.h"
#include "ui/window/key_bindings.h"
#include "ui/window/model_name.h"
#include "ui/window/palette_entries.h"
#include "ui/window/settings_dialog.h"
#include "ui/window/shortcuts_dialog.h"
#include "ui/window/spoken_notices.h"
#include "ui/window/status_line.h"
#include "ui/window/window_actions.h"

namespace gatescope {

void MainWindow::Impl::connectAppearance() {
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    const auto chooses = [this, on](QAction* action, const char* name) {
        on(action, [this, name = QString::fromLatin1(name)] { themeChoice.choose(name); });
    };
    on(actions->toggleTheme, [this] {
        themeChoice.choose(theme.isDark() ? QStringLiteral("light") : QStringLiteral("dark"));
    });
    chooses(actions->darkTheme, "dark");
    chooses(actions->lightTheme, "light");
    chooses(actions->highContrastTheme, "high-contrast");
    chooses(actions->systemTheme, "system");
    on(actions->largerText, [this] { theme.setTextSize(theme.textSizeBeside(1)); });
    on(actions->smallerText, [this] { theme.setTextSize(theme.textSizeBeside(-1)); });
    on(actions->normalText, [this] { theme.setTextSize(100); });
    const auto keep = [this] {
        settings.saveThemeName(themeChoice.name());
        settings.saveTextSize(theme.textSize());
        settings.saveReducedMotion(theme.reducedMotion());
        showAppearance();
    };
    QObject::connect(&themeChoice, &ThemeChoice::chosen, &window, keep);
    QObject::connect(&theme, &Theme::changed, &window, keep);
    showAppearance();
}

void MainWindow::Impl::showAppearance() {
    const QString chosen = themeChoice.name();
    actions->darkTheme->setChecked(chosen == QLatin1String("dark"));
    actions->lightTheme->setChecked(chosen == QLatin1String("light"));
    actions->highContrastTheme->setChecked(chosen == QLatin1String("high-contrast"));
    actions->systemTheme->setChecked(chosen == QLatin1String("system"));
    actions->largerText->setEnabled(theme.textSize() < Theme::kLargestText);
    actions->smallerText->setEnabled(theme.textSize() > Theme::kSmallestText);
    actions->normalText->setEnabled(theme.textSize() != 100);
    window.setAnimated(!theme.reducedMotion());
}

void MainWindow::Impl::connectPalette() {
    palette = new CommandPalette(window, theme, settings.store(), [this] {
        return paletteEntries(window, *actions, settings, conversations->removing());
    });
    QObject::connect(
        actions->commandPalette, &QAction::triggered, palette, &CommandPalette::toggle);
}

void MainWindow::Impl::connectKeys() {
    everywhere = new ViewKeys(&window, MainWindow::tr("In every view"));
    const auto step = [this](int by) { return [this, by] { chat->view().stepToken(by); }; };
    everywhere->add(
        "view-previous-token", MainWindow::tr("Previous token"), {QStringLiteral(",")}, step(-1));
    everywhere->add(
        "view-next-token", MainWindow::tr("Next token"), {QStringLiteral(".")}, step(1));
    keys = new KeyBindings(actions->all(), options.profileDir / "keys.ini", &window);
    for (const ViewKeys* view : window.findChildren<ViewKeys*>())
        keys->addView(*view, view == everywhere);
    if (const QStringList notes = keys->load(); !notes.isEmpty())
        chat->banner().showSentence(Banner::Kind::Info, notes.join(QLatin1Char('\n')));
    const auto show = [this] {
        auto* dialog = new ShortcutsDialog(*keys, *actions, theme, &window);
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    };
    QObject::connect(actions->shortcuts, &QAction::triggered, &window, show);
    QObject::connect(actions->settings, &QAction::triggered, &window, [this] { showSettings(); });
}

void MainWindow::Impl::showSettings() {
    auto* dialog = new SettingsDialog(
        theme, themeChoice, settings, QString::fromStdString(options.profileDir.string()), &window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &SettingsDialog::shortcutsRequested, &window, [this, dialog] {
        dialog->close();
        actions->shortcuts->trigger();
    });
    QObject::connect(dialog, &SettingsDialog::heatLearningChosen, &window, [this](bool on) {
        bridge.heat()->setLearning(on);
    });
    QObject::connect(dialog, &SettingsDialog::restartRequested, &window, [this] { startAgain(); });
    dialog->open();
}

void MainWindow::Impl::connectDrops() {
    drops = new FileDrops(window, theme);
    if (auto* field = window.findChild<QPlainTextEdit*>(QStringLiteral("composerText")))
        drops->takeFilesFrom(*field->viewport());
    QObject::connect(drops, &FileDrops::modelDropped, &window, &MainWindow::openModel);
    QObject::connect(drops, &FileDrops::recordingDropped, &window, &MainWindow::openRecording);
    QObject::connect(drops, &FileDrops::conversationsDropped, &window, &MainWindow::importFiles);
    QObject::connect(drops, &FileDrops::refused, &bridge, &EngineBridge::errorOccurred);
    QObject::connect(drops,
                     &FileDrops::textDropped,
                     &window,
                     [this](const QString& text, const QString& summary) {
                         QString before = chat->composer().text();
                         if (!before.isEmpty()) before += QStringLiteral("\n\n");
                         chat->composer().setText(before + text);
                         chat->composer().focusText();
                         status->showNote(MainWindow::tr("put into the message: %1").arg(summary));
                     });
}

// What a screen reader says of its own accord: a reply a sentence at a time, what went wrong, what
// was done.
void MainWindow::Impl::connectSpeech() {
    auto* notices = new SpokenNotices(window.statusBar());
    auto* sentences = new SentenceAnnouncer(bridge, chat->view());
    QObject::connect(sentences, &SentenceAnnouncer::announced, notices, &SpokenNotices::say);
    QObject::connect(&chat->banner(), &Banner::shown, notices, &SpokenNotices::say);
    QObject::connect(status, &StatusLine::noted, notices, &SpokenNotices::say);
    QObject::connect(&bridge, &EngineBridge::modelReady, notices, [this, notices] {
        if (const auto model = bridge.session().model())
            notices->say(MainWindow::tr("%1 is ready").arg(visibleLine(displayName(*model))));
    });
}

void MainWindow::comeToFront() {
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

// Docks behind each other get a bar of tabs from Qt, without a name and with a focus that is not
// seen; every dock has a key of its own.
void MainWindow::childEvent(QChildEvent* event) {
    QMainWindow::childEvent(event);
    if (event->type() != QEvent::ChildPolished) return;
    if (auto* bar = qobject_cast<QTabBar*>(event->child())) {
        bar->setAccessibleName(tr("Docks behind each other"));
        bar->setFocusPolicy(Qt::NoFocus);
    }
}

QString MainWindow::themeChoice() const {
    return impl_->themeChoice.name();
}

void MainWindow::setTextSize(int percent) {
    impl_->theme.setTextSize(percent);
}

CommandPalette& MainWindow::commandPalette() {
    return *impl_->palette;
}

}  // namespace gatescope
