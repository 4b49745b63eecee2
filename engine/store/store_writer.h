#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/conversation_store.h"

namespace gatescope {

/// Owns the library's single writer connection on a thread of its own, so that a slow disk never
/// holds up the UI or the engine; and a reading connection on another thread, for what takes long
/// and must not hold up the writer. Jobs run in order; each answer is picked up by poll() on the
/// caller's thread.
class StoreWriter {
  public:
    /// Opens (and creates) the library on the writer's thread. A library that cannot be opened is
    /// answered by the first poll() as an error; later jobs then run on a library in memory, so the
    /// chat goes on.
    explicit StoreWriter(std::filesystem::path file);
    /// A library in memory only, by choice: nothing is kept, and nothing is reported.
    StoreWriter();
    /// Finishes all jobs, then joins.
    ~StoreWriter();

    /// Runs `work` on the writer's thread; then `done` on the thread that polls, after the commit.
    /// What `work` throws is handed to onError instead, and `done` is not called.
    void post(std::function<void(ConversationStore&)> work, std::function<void()> done = {});
    /// Runs `work` on the reader's thread, when all that was posted before is committed, behind
    /// other reads but beside the writer; then `done`, as post() does. In memory there is one
    /// connection only, and the writer runs it. Reads that have not begun are dropped when this
    /// object goes; for one that runs it waits: whoever posted it must stop it.
    void read(std::function<void(const ConversationStore&)> work, std::function<void()> done = {});
    void setErrorHandler(std::function<void(const std::string& message)> onError);
    /// Runs finished jobs' `done`. Call once a frame, from one thread. Never blocks.
    void poll();
    /// Waits until everything posted so far is on disk and answered.
    void flush();
    bool inMemory() const;  ///< nothing is kept after exit

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gatescope
