#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "engine/command.h"

namespace gatescope {

/// The engine's way in: a bounded queue in which every command carries its own stop_source, so that
/// "stop" reaches the one that runs and those that wait alike. Callers never wait longer than it
/// takes to move a few pointers; only the engine thread blocks, in pop().
class CommandQueue {
  public:
    /// Commands that may wait. More means a front end that submits without ever looking at events.
    static constexpr std::size_t kCapacity = 64;

    struct Entry {
        Command command;
        std::stop_source stop;
    };

    /// Appends. Any thread. Throws Error(BadUsage) when kCapacity commands wait already.
    void push(Command command);
    /// Asks every command of type T, running, waiting or in the background, to stop. If one was in
    /// the background, those in front of it are stopped first: they may depend on it. Any thread.
    template <class T>
    void stopAll() {
        requestStops(Command(std::in_place_type<T>).index());
    }
    /// Waits for a command; it counts as running until the next pop(). Empty once closed. Engine
    /// thread only.
    std::optional<Entry> pop();
    /// Waits for one up to `timeout`. Empty: there is none, or closed. Engine thread only.
    std::optional<Entry> popWithin(std::chrono::milliseconds timeout);
    /// No command will be popped any more.
    bool closed() const;

    /// The running command goes on beside those that are popped next, until endBackground(). There
    /// is one at most. Engine thread only.
    void continueInBackground();
    void endBackground();

    /// Stops everything and ends pop() for good. Any thread.
    void close();

  private:
    struct Running {
        std::size_t kind = 0;  ///< Command::index()
        std::stop_source stop;
    };
    /// `kind` is a Command::index(); none: all of them.
    void requestStops(std::optional<std::size_t> kind);
    std::optional<Entry> next();

    mutable std::mutex mutex_;  ///< guards all below; held only to move entries
    std::condition_variable arrived_;
    std::deque<Entry> waiting_;
    std::optional<Running> running_;
    std::optional<Running> background_;
    bool closed_ = false;
};

}  // namespace gatescope
