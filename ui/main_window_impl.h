#pragma once

#include <QList>

#include "engine/store/recording.h"
#include "ui/composing/own_settings.h"
#include "ui/main_window.h"
#include "ui/routing/branch_routing.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme_choice.h"
#include "ui/window/load_guard.h"
#include "ui/window/profile_settings.h"
#include "ui/window/stall_watch.h"

class QAction;
class QDockWidget;
class QToolButton;

namespace gatescope {

class AlternativesCard;
class CommandPalette;
class FileDrops;
class KeyBindings;
class ComparePanel;
class ConversationExport;
class ConversationPanel;
class DraftKeeper;
class StatusLine;
class VersionsDialog;
class ViewKeys;
class WaterfallPanel;
class WindowActions;
struct ImportOutcome;
class Workspaces;

/// What MainWindow's files share: its parts in main_window.cpp, and how they hear of each other in
/// main_window_wiring.cpp, its docks in main_window_docks.cpp, what the desktop expects of any
/// program in main_window_desktop.cpp.
class MainWindow::Impl {
  public:
    Impl(MainWindow& windowIn, Options optionsIn);

    void buildDocks();
    QDockWidget* buildStatisticsDocks(const QStringList& seenIn);
    void buildComparisonDocks(QDockWidget* below);
    /// `seenIn`: the workspaces that show it from the first.
    QDockWidget* addDock(Qt::DockWidgetArea area,
                         const QString& name,
                         const QString& title,
                         const QStringList& seenIn,
                         QWidget* content);
    void stackWhenShown(const QList<QDockWidget*>& all);
    void buildCorner();
    QToolButton* addSegment(QWidget* parent, QAction* action, const QString& text);
    void connectFileActions();
    void connectKeeping();
    void connectMessageActions();
    void connectViewActions();
    void connectAppearance();
    void showAppearance();
    void connectPalette();
    void connectKeys();
    void connectDrops();
    void connectSpeech();
    void showSettings();
    void connectColors();
    void connectTokenActions();
    void connectBridge();
    void command(QAction* action, void (ChatSession::*method)());
    void updateActions();
    void updateTitle();
    void askForModel();
    void askForRecording();
    void askForImports();
    void showImport(const ImportOutcome& outcome);
    void askWhereToSave();
    void askWhereToExport(ExportFormat format, const QString& suffix);
    void connectExports();
    void newChat();
    void startAgain();

    MainWindow& window;
    Options options;
    ProfileSettings settings;
    LoadGuard loadGuard;
    Theme theme;
    ThemeChoice themeChoice{theme};
    Selection selection;
    EngineBridge bridge;
    OwnSettings ownSettings;
    BranchRouting routing;
    TokenFilter filter{bridge};
    const ViewContext context{bridge, selection, routing, theme};
    StallWatch stallWatch;
    QString decoder;        ///< DecoderOptions::kind of the models that are opened
    QString lastModel;      ///< the last whose load was begun
    QString lastRecording;  ///< the last that was asked for
    WindowActions* actions = nullptr;
    ConversationExport* exporter = nullptr;
    Workspaces* workspaces = nullptr;
    ConversationPanel* conversations = nullptr;
    DraftKeeper* drafts = nullptr;
    ChatPanel* chat = nullptr;
    HeatmapPanel* heatmap = nullptr;
    TokenPanel* token = nullptr;
    AlternativesCard* alternatives = nullptr;
    ComparePanel* compare = nullptr;
    WaterfallPanel* waterfall = nullptr;
    StatusLine* status = nullptr;
    CommandPalette* palette = nullptr;
    KeyBindings* keys = nullptr;
    ViewKeys* everywhere = nullptr;  ///< what single keys do that the view with the focus leaves
    FileDrops* drops = nullptr;
    VersionsDialog* versions = nullptr;
    QList<QDockWidget*> docks;
};

}  // namespace gatescope
