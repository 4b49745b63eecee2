#pragma once

#include <QObject>
#include <QString>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/chat/side_run.h"
#include "engine/comparison/compared_run.h"
#include "ui/engine_bridge.h"

namespace gatescope {

/// "ablate 3:5, top 1"; "no interventions".
QString describeInterventions(const InterventionSet& set);

/// What can be a side of a comparison: the versions of the conversation's last reply, the whole
/// conversation, others of the library, recordings that were opened here, and two prompts that were
/// run here. Reads on the store's thread, runs on the engine's. UI thread only; never blocks.
class RunChoices : public QObject {
    Q_OBJECT
  public:
    enum class Kind { Version, Shown, Stored, Recording, Prompt };
    struct Choice {
        Kind kind = Kind::Shown;
        qint64 id = 0;  ///< version from 0, conversation, number of the recording or prompt
        QString title;
        bool is(const Choice& other) const { return kind == other.kind && id == other.id; }
    };
    explicit RunChoices(EngineBridge& bridge, QObject* parent = nullptr);

    /// Reads the versions anew; changed() follows.
    void refresh();
    const std::vector<Choice>& all() const { return choices_; }
    int versionCount() const { return static_cast<int>(versions_.size()); }
    /// Of the last reply: the one that is shown; none without a reply.
    std::optional<int> shownVersion() const;
    /// `done` is called later or at once; not at all for what cannot be read (the window says why).
    void load(const Choice& choice, std::function<void(ComparedRun)> done);

    /// It is among the choices when recordingOpened() comes.
    void openRecording(const std::filesystem::path& file);
    /// Continues both texts, as they are, with one seed and the interventions in force.
    void runPrompts(const QString& a, const QString& b);
    bool runningPrompts() const { return running_ > 0; }

  Q_SIGNALS:
    void changed();
    void recordingOpened(int number);
    void promptsRan();

  private:
    void collect();
    ComparedRun versionRun(int version) const;
    std::optional<int> lastReply() const;
    void loadStored(ConversationId id, std::function<void(ComparedRun)> done);
    void promptEnded(const GenerationRequest& request, std::size_t side);

    EngineBridge& bridge_;
    std::vector<Choice> choices_;
    std::vector<std::vector<Message>> versions_;  ///< branches up to each
    std::vector<ComparedRun> recordings_;
    std::array<ComparedRun, 2> prompts_;
    std::array<std::shared_ptr<SideRun>, 2> sideRuns_;
    int running_ = 0;
    quint64 reads_ = 0;  ///< answers to older ones are dropped
};

}  // namespace gatescope
