#include "ui/window/window_actions.h"

#include <QAction>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>

#include "ui/theme/theme.h"

namespace gatescope {

WindowActions::WindowActions(QMainWindow& window, const Theme& theme)
    : QObject(&window), window_(window), theme_(theme) {
    const auto s = [](const char* text) { return QString::fromLatin1(text); };
    QMenu* file = window.menuBar()->addMenu(tr("&File"));
    openModel = add(file, tr("&Open model…"), s("Ctrl+O"), s("folder"));
    openDemo = add(file, tr("Open the &demo model"), s("Ctrl+D"), s("demo"));
    cancelLoad = add(file, tr("&Cancel loading"), s("Ctrl+."), s("close"));
    file->addSeparator();
    openRecording = add(file, tr("Open &recording…"), s("Ctrl+Shift+O"));
    saveRecording = add(file, tr("&Save recording…"), s("Ctrl+S"), s("save"));
    QMenu* exports = file->addMenu(tr("&Export"));
    exportNumPy = add(exports, tr("&NumPy arrays (.npz)…"), s("Ctrl+E"));
    exportCsv = add(exports, tr("&Tables (.csv)…"), s("Ctrl+Alt+E"));
    exportJson = add(exports, tr("&JSON document…"), s("Ctrl+Alt+J"));
    exportPage = add(exports, tr("&HTML page…"), s("Ctrl+Shift+E"));
    exports->addSeparator();
    exportMarkdown = add(exports, tr("&Markdown…"), s("Ctrl+Alt+Shift+M"));
    exportChatPage = add(exports, tr("&Web page of the chat…"), s("Ctrl+Alt+W"));
    exportAllVersions =
        add(exports, tr("All &versions in Markdown and chat"), s("Ctrl+Alt+Shift+V"));
    exportAllVersions->setCheckable(true);
    importConversations = add(file, tr("&Import conversations…"), s("Ctrl+Shift+I"));
    file->addSeparator();
    settings = add(file, tr("Settin&gs…"), s("Ctrl+Alt+,"), s("settings"));
    startAgain = add(file, tr("Start Gatescope &again"), s("Ctrl+Shift+F5"));
    quit = add(file, tr("&Quit"), s("Ctrl+Q"));

    QMenu* conversation = window.menuBar()->addMenu(tr("&Conversation"));
    newChat = add(conversation, tr("&New chat"), s("Ctrl+N"), s("new-chat"));
    find = add(conversation, tr("&Find in this conversation"), s("Ctrl+F"), s("search"));
    findNext = add(conversation, tr("Find ne&xt"), s("Ctrl+G"));
    findPrevious = add(conversation, tr("Find pre&vious"), s("Ctrl+Shift+G"));
    search = add(conversation, tr("&Search all conversations"), s("Ctrl+Shift+F"));
    conversation->addSeparator();
    rename = add(conversation, tr("&Rename"), s("F2"), s("edit"));
    pin = add(conversation, tr("&Pin or unpin"), s("Ctrl+Alt+P"), s("pin"));
    moveToFolder = add(conversation, tr("&Move to a folder…"), s("Ctrl+Alt+M"), s("folder"));
    editTags = add(conversation, tr("&Tags…"), s("Ctrl+Alt+T"));
    archive = add(conversation, tr("&Archive or take out"), s("Ctrl+Alt+A"), s("archive"));
    newFolder = add(conversation, tr("New f&older"), s("Ctrl+Alt+N"));
    remove = add(conversation, tr("&Delete"), s("Ctrl+Shift+Backspace"), s("delete"));
    undoRemove = add(conversation, tr("&Undo delete"), s("Ctrl+Shift+Z"));

    QMenu* message = window.menuBar()->addMenu(tr("&Message"));
    send = add(message, tr("&Send"), s("Ctrl+Return"), s("send"));
    stop = add(message, tr("S&top"), s("Esc"), s("stop"));
    regenerate = add(message, tr("&Regenerate reply"), s("Ctrl+R"), s("regenerate"));
    continueReply = add(message, tr("&Continue reply"), s("Ctrl+Shift+R"), s("continue"));
    editLast = add(message, tr("&Edit last message"), s("Alt+Up"), s("edit"));
    olderVersion = add(message, tr("&Older version"), s("Alt+Left"), s("left"));
    newerVersion = add(message, tr("&Newer version"), s("Alt+Right"), s("right"));
    allVersions = add(message, tr("All &versions…"), s("Ctrl+Alt+V"));
    copyLast = add(message, tr("Cop&y last reply"), s("Ctrl+Shift+C"), s("copy"));
    message->addSeparator();
    templates = add(message, tr("Prompt te&mplates…"), s("Ctrl+Shift+P"));
    replySettings = add(message, tr("Reply settin&gs…"), s("Ctrl+,"), s("settings"));

    QMenu* inspect = window.menuBar()->addMenu(tr("&Inspect"));
    previousToken = add(inspect, tr("&Previous token"), s("Ctrl+Alt+Left"));
    nextToken = add(inspect, tr("&Next token"), s("Ctrl+Alt+Right"));
    alternatives = add(inspect, tr("&Alternatives of the token…"), s("Ctrl+Shift+A"));
    newestToken = add(inspect, tr("&Follow the newest token"), s("Ctrl+Alt+End"));
    playReplay = add(inspect, tr("P&lay or pause the tokens"), s("Ctrl+Alt+Space"));
    clearRange = add(inspect, tr("Clear the token &range"), s("Ctrl+Alt+Backspace"));
    inspect->addSeparator();
    pinRoutes = add(inspect, tr("&Hold the next reply to these routes"), s("Ctrl+Shift+H"));
    filterTokens = add(inspect, tr("F&ilter tokens"), s("Ctrl+Shift+L"), s("filter"));
    nextMatch = add(inspect, tr("Next &match"), s("F3"));
    previousMatch = add(inspect, tr("Previous ma&tch"), s("Shift+F3"));
    inspect->addSeparator();
    undoInterventions = addForViews(inspect, tr("&Undo intervention"), s("Ctrl+Z"));
    redoInterventions = addForViews(inspect, tr("Re&do intervention"), s("Ctrl+Y"));
    clearInterventions = add(inspect, tr("&Clear interventions"), s("Ctrl+Shift+X"));

    QMenu* view = window.menuBar()->addMenu(tr("&View"));
    chatWorkspace = add(view, tr("&Chat"), s("Ctrl+1"));
    inspectWorkspace = add(view, tr("&Inspect"), s("Ctrl+2"));
    presentWorkspace = add(view, tr("&Present"), s("Ctrl+3"));
    for (QAction* workspace : {chatWorkspace, inspectWorkspace, presentWorkspace})
        workspace->setCheckable(true);
    fullScreen = add(view, tr("&Full screen"), s("F11"));
    fullScreen->setCheckable(true);
    view->addSeparator();
    docks = view->addMenu(tr("&Docks"));
    resetLayout = add(view, tr("&Reset layout"), s("Ctrl+Alt+0"));
    view->addSeparator();
    focusComposer = add(view, tr("Go to the &message field"), s("Ctrl+L"));
    focusConversation = add(view, tr("Go to the c&onversation"), s("Ctrl+J"));
    dismissError = add(view, tr("Dismiss the messa&ge above"), s("Ctrl+Shift+D"));
    view->addSeparator();
    nextReading = add(view, tr("Replies as read, as &written, by token"), s("Ctrl+Shift+M"));
    QMenu* themes = view->addMenu(tr("&Theme"));
    toggleTheme = add(themes, tr("Light / dark &theme"), s("Ctrl+Shift+T"));
    themes->addSeparator();
    darkTheme = add(themes, tr("&Dark"), s("Ctrl+T, D"));
    lightTheme = add(themes, tr("&Light"), s("Ctrl+T, L"));
    highContrastTheme = add(themes, tr("&High contrast"), s("Ctrl+T, H"));
    systemTheme = add(themes, tr("As the &system"), s("Ctrl+T, S"));
    for (QAction* choice : {darkTheme, lightTheme, highContrastTheme, systemTheme})
        choice->setCheckable(true);
    QMenu* text = view->addMenu(tr("Te&xt size"));
    largerText = add(text, tr("&Larger"), s("Ctrl++"));
    largerText->setShortcuts({largerText->shortcut(), QKeySequence(s("Ctrl+="))});
    smallerText = add(text, tr("&Smaller"), s("Ctrl+-"));
    normalText = add(text, tr("&Normal"), s("Ctrl+0"));

    view->addSeparator();
    commandPalette = add(view, tr("Command palett&e…"), s("Ctrl+K"), s("search"));

    QMenu* help = window.menuBar()->addMenu(tr("&Help"));
    shortcuts = add(help, tr("&Keyboard shortcuts"), s("F1"));
    about = add(help, tr("&About Gatescope"), s("Shift+F1"));
    nameActions();
}

void WindowActions::addDock(QAction* toggle) {
    // 1 to 9, then the same with Shift.
    const auto number = docks->actions().size();
    toggle->setShortcut(QKeySequence(
        (number < 9 ? QStringLiteral("Ctrl+Alt+%1") : QStringLiteral("Ctrl+Alt+Shift+%1"))
            .arg(number % 9 + 1)));
    toggle->setObjectName(QStringLiteral("dock-") + toggle->parent()->objectName());
    docks->addAction(toggle);
    window_.addAction(toggle);
}

QAction* WindowActions::add(QMenu* menu,
                            const QString& text,
                            const QString& keys,
                            const QString& icon) {
    auto* action = new QAction(text, &window_);
    if (!keys.isEmpty()) action->setShortcut(QKeySequence(keys, QKeySequence::PortableText));
    if (!icon.isEmpty()) action->setIcon(theme_.icon(icon));
    menu->addAction(action);
    window_.addAction(action);
    return action;
}

QAction* WindowActions::addForViews(QMenu* menu, const QString& text, const QString& keys) {
    auto* action = new QAction(text, &window_);
    action->setShortcut(QKeySequence(keys, QKeySequence::PortableText));
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    menu->addAction(action);
    return action;
}

void WindowActions::addTo(QWidget& view) const {
    view.addAction(undoInterventions);
    view.addAction(redoInterventions);
}

}  // namespace gatescope
