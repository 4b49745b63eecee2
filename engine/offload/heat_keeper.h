#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/offload/heat.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// What is known of the model in use, at a moment.
struct KnownHeat {
    std::filesystem::path file;  ///< empty: which weights they are is not known
    std::optional<Heat> heat;  ///< with what is not yet written; empty: file is, or it is not read
    std::string problem;       ///< one sentence: why it is not kept in `file`; empty: it is
    bool canRestore = false;   ///< a reset can be taken back
};

/// Learns the heat of the model in use from the tokens as they come, and keeps it in its file
/// (heat_file.h). Reading, counting and writing are done by a thread of its own; all methods are
/// for one thread, and cost next to nothing there.
///
/// What is learnt is on disk a few seconds behind the end of a reply, and half a minute behind its
/// token in a long one; with close() and the destructor at once. Other processes may learn and
/// forget in the same file meanwhile: each write begins with what is there. A file that is damaged,
/// of another model or not to be written is left alone: problem() says so, and what is learnt stays
/// in memory.
class HeatKeeper {
  public:
    struct Intervals {
        std::chrono::milliseconds gather{250};         ///< between looks at what was learnt
        std::chrono::milliseconds afterReply{3000};    ///< between writes
        std::chrono::milliseconds withinReply{30000};  ///< the same, while a reply is written
    };
    /// `folder`: the heats of a profile; made with the first write.
    explicit HeatKeeper(std::filesystem::path folder, Intervals intervals);
    explicit HeatKeeper(std::filesystem::path folder)
        : HeatKeeper(std::move(folder), Intervals{}) {}
    /// Writes what is not written.
    ~HeatKeeper();
    HeatKeeper(const HeatKeeper&) = delete;
    HeatKeeper& operator=(const HeatKeeper&) = delete;

    /// On at first. Off: learn() does nothing.
    void setLearning(bool on);
    bool learning() const;

    /// A model begins; what was learnt of the one before is written. Which weights it has may
    /// become known later, with identify(): until then learnt tokens wait.
    void open(const std::string& model, int numLayers, int numExperts);
    /// Of the model that was opened. Empty: not to be had, and nothing is kept of it.
    void identify(const std::string& fingerprint);
    /// The model is gone.
    void close();

    /// A token went through the model that was opened. Null is none.
    void learn(RoutingRecordPtr routing);
    void replyEnded();
    /// Hands on what was learnt. Once a frame.
    void pump();

    /// Forgets what is known of the model, its file included, whatever is in that.
    void reset();
    /// Takes the last reset of this model back: what was learnt since counts as well.
    void restore();

    /// The newest; never null.
    std::shared_ptr<const KnownHeat> known() const;
    /// A problem that was not told yet, once each.
    std::optional<std::string> takeProblem();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
