#pragma once

#include <QMainWindow>
#include <QString>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "ui/engine_bridge.h"
#include "ui/selection.h"
#include "ui/theme/theme.h"
#include "ui/view_context.h"

namespace gatescope {

class ChartPanel;
class ChatPanel;
class CommandPalette;
class ComparePanel;
class HeatmapPanel;
class StallWatch;
class TokenFilter;
class TokenPanel;
class WaterfallPanel;

/// makeCharts() of ui/charts, in a build that has it.
using ChartFactory =
    std::function<std::vector<std::unique_ptr<ChartPanel>>(const ViewContext& context)>;

/// The window: makes views and docks and gives each the bridge, the selection and the theme. It
/// composes and wires; what is shown lives in ui/chat, ui/models, ui/routing, ui/charts and
/// ui/docks. UI thread only; never blocks.
class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    struct Options {
        std::filesystem::path profileDir;   ///< library, settings and dock layout; made if missing
        QString defaultModel;               ///< what "demo model" and open(null) mean; may be empty
        EngineOptions engine;               ///< tests script the decoder here
        std::filesystem::path startCopies;  ///< those of models are looked for here; empty: nowhere
        ChartFactory makeCharts;            ///< empty: a window without charts
        QString decoder;  ///< DecoderOptions::kind of models; empty: what was chosen last
    };
    explicit MainWindow(Options options);
    ~MainWindow() override;

    EngineBridge& bridge();
    Selection& selection();
    Theme& theme();
    BranchRouting& routing();
    HeatmapPanel& heatmap();
    TokenPanel& token();
    WaterfallPanel& waterfall();
    ChatPanel& chat();
    /// The tokens that match the filter above the conversation.
    TokenFilter& tokenFilter();
    ComparePanel& compare();
    /// How long the event loop was held up at most, since the window was made or reset() was
    /// called.
    StallWatch& stallWatch();

    /// Opens a MODEL; empty: the default one (an error if there is none). Progress, success and
    /// failure show in the window.
    void openModel(const QString& model);
    /// Shows the conversation of a .gscope file; a file that cannot be read is told in the banner.
    void openRecording(const QString& file);
    /// Shows the window in front of others, as far as the desktop lets it.
    void comeToFront();
    /// Adds the conversations of files, ours or other programs', to the library, all or none, and
    /// says what was added and what was left out.
    void importFiles(const QStringList& files);
    /// Loads the default model, unless the last run died while loading it (then the banner says
    /// so). If that run ended by restartRequested(), what it had open comes back instead: model,
    /// conversation or recording, and the composer's text.
    void openDefaultModelAtStart();

    /// "chat", "inspect", "present", or the object name of a dock: "conversations", "routing",
    /// "waterfall", "load", "entropy", "token", "model", "compare", "find". False when there is
    /// none of that name.
    bool showView(const QString& name);
    QStringList viewNames() const;
    QString workspace() const;
    /// One of ThemeChoice::names(). False when there is none of that name.
    bool setTheme(const QString& name);
    QString themeChoice() const;
    /// Percent of the default, 80 to 200; beyond that the nearest.
    void setTextSize(int percent);
    CommandPalette& commandPalette();
    /// A presenter's sentence below the conversation; empty takes it away.
    void showCaption(const QString& text);

    /// The template and system text of the conversation, as the composer's controls set them. False
    /// (and the banner says why) if the session refused.
    bool setTemplate(const QString& name);
    bool setSystemText(const QString& text);
    /// Puts the reply settings of a preset in force. False when there is none of that name.
    bool choosePreset(const QString& name);
    QStringList presetNames() const;
    void setComposerText(const QString& text);
    QString composerText() const;
    /// As Ctrl+Enter does: sends what the composer holds. False (and the banner says why) if it
    /// could not be sent.
    bool sendComposer();
    /// Searches the conversation list.
    void searchFor(const QString& text);

    /// What the error banner says; empty when none is shown.
    QString currentError() const;
    /// What the status bar says, its parts joined by " · ".
    QString statusText() const;
    void clearError();

  Q_SIGNALS:
    /// The user wants this program ended and started again: what a lost engine needs. What is open
    /// has been noted in the profile.
    void restartRequested();

  protected:
    void childEvent(QChildEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
