#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <optional>
#include <string>

#include "app/gui/tour.h"
#include "ui/main_window.h"

namespace gatescope {

class WindowActions;

/// Plays a tour on the real window, step by step between turns of the event loop: text goes into
/// the composer, commands go through the window's own actions, so that what a tour shows is what a
/// person would see. Owned by main; the window must outlive it. UI thread only.
class TourPlayer : public QObject {
    Q_OBJECT
  public:
    /// `pictures`: where screenshots, recordings and dumps go; empty: steps that write fail.
    TourPlayer(MainWindow& window,
               Tour tour,
               std::filesystem::path pictures,
               QObject* parent = nullptr);

    /// Begins with the next turn of the event loop. A tour with a step that can never be played
    /// fails before its first.
    void start();

  Q_SIGNALS:
    /// All steps are done; `stay`: the window is wanted on.
    void finished(bool stay);
    /// A step could not do what it says: "tour step 3 (send): ...". Nothing more is played.
    void failed(const QString& sentence);

  private:
    /// How far a step is. Waiting steps are asked again until they say something else.
    struct Progress {
        enum class State { Done, Waiting, Failed };
        State state = State::Done;
        std::string reason;
    };
    static Progress done() { return {}; }
    static Progress waiting() { return {Progress::State::Waiting, {}}; }
    static Progress failure(std::string reason) {
        return {Progress::State::Failed, std::move(reason)};
    }
    using Handler = Progress (TourPlayer::*)(const nlohmann::json& fields);
    static Handler handlerOf(const std::string& action);

    void advance();
    void end();
    void fail(const std::string& reason, std::size_t step);
    /// What the session answered to the step just taken, if it refused.
    Progress unlessRefused(const char* otherwise = nullptr);
    Progress triggered(QAction* action, const char* whyNot);
    Progress unlessLate(const nlohmann::json& fields);
    Progress unseenLoadEnded();
    std::filesystem::path target(const nlohmann::json& fields, const char* extension) const;
    Progress needsFolder() const;
    bool settled() const;
    /// A token of the trace, negative from the end; empty where there is none of that number.
    std::optional<int> tokenOf(const nlohmann::json& index) const;
    Progress noToken(const nlohmann::json& index) const;

    Progress open(const nlohmann::json& fields);
    Progress openRecording(const QString& file);
    Progress newChat(const nlohmann::json& fields);
    Progress chooseTemplate(const nlohmann::json& fields);
    Progress choosePreset(const nlohmann::json& fields);
    Progress setSystem(const nlohmann::json& fields);
    Progress type(const nlohmann::json& fields);
    Progress send(const nlohmann::json& fields);
    Progress stop(const nlohmann::json& fields);
    Progress continueReply(const nlohmann::json& fields);
    Progress regenerate(const nlohmann::json& fields);
    Progress rerun(const nlohmann::json& fields);
    Progress compare(const nlohmann::json& fields);
    Progress edit(const nlohmann::json& fields);
    Progress removeVersion(const nlohmann::json& fields);
    Progress undoRemoveVersion(const nlohmann::json& fields);
    Progress wait(const nlohmann::json& fields);
    Progress waitLoaded(const nlohmann::json& fields);
    Progress waitTokens(const nlohmann::json& fields);
    Progress selectToken(const nlohmann::json& fields);
    Progress inspect(const nlohmann::json& fields);
    Progress selectRange(const nlohmann::json& fields);
    Progress setMode(const nlohmann::json& fields);
    Progress pinBaseline(const nlohmann::json& fields);
    Progress pinContrast(const nlohmann::json& fields);
    Progress mapAttention(const nlohmann::json& fields);
    Progress showTransitions(const nlohmann::json& fields);
    Progress findExperts(const nlohmann::json& fields);
    Progress lookAtModel(const nlohmann::json& fields);
    Progress orderRows(const nlohmann::json& fields);
    Progress play(const nlohmann::json& fields);
    Progress intervene(const nlohmann::json& fields);
    Progress clearInterventions(const nlohmann::json& fields);
    Progress undoInterventions(const nlohmann::json& fields);
    Progress redoInterventions(const nlohmann::json& fields);
    Progress tint(const nlohmann::json& fields);
    Progress filter(const nlohmann::json& fields);
    Progress search(const nlohmann::json& fields);
    Progress find(const nlohmann::json& fields);
    Progress keep(const nlohmann::json& fields);
    Progress show(const nlohmann::json& fields);
    Progress setTheme(const nlohmann::json& fields);
    Progress setTextSize(const nlohmann::json& fields);
    Progress usePalette(const nlohmann::json& fields);
    Progress resize(const nlohmann::json& fields);
    Progress caption(const nlohmann::json& fields);
    Progress screenshot(const nlohmann::json& fields);
    Progress saveRecording(const nlohmann::json& fields);
    Progress dump(const nlohmann::json& fields);
    nlohmann::json dumpOfVersions() const;
    nlohmann::json dumpOfTint() const;
    nlohmann::json dumpOfPrompt() const;
    nlohmann::json dumpOfFilter() const;
    bool viewsComplete() const;
    nlohmann::json dumpOfCharts() const;
    nlohmann::json dumpOfViews() const;
    nlohmann::json dumpOfDesktop() const;
    Progress stay(const nlohmann::json& fields);
    nlohmann::json dumpOfComparison() const;

    MainWindow& window_;
    WindowActions* actions_;
    Tour tour_;
    std::filesystem::path pictures_;
    std::size_t current_ = 0;
    bool begun_ = false;  ///< the current step has been asked at least once
    bool stay_ = false;
    bool treeRead_ = false;  ///< what "undo_remove_version" waits for
    std::optional<std::size_t> unseenLoad_;    ///< the "open" step that no "wait" has followed yet
    std::optional<std::size_t> comparing_;     ///< the "compare" step whose runs were chosen
    std::optional<std::size_t> chosenTensor_;  ///< the "model" step whose parameter was chosen
    QElapsedTimer sinceBegun_;
    QTimer clock_;
    std::optional<std::string> refusal_;  ///< the last sentence of the bridge since the step began
    bool branchOpened_ = false;           ///< since the step began
    std::optional<std::optional<std::string>> saved_;  ///< a recording is written, or why not
};

}  // namespace gatescope
