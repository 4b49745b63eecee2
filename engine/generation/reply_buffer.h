#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/event.h"
#include "engine/generation/stop_strings.h"

namespace gatescope {

/// The end of a reply that was computed but not shown, because it may still become a stop string.
/// A token is held whole; one that gave no text yet waits with the character it may belong to.
/// Offsets are bytes behind the text that was released.
class ReplyBuffer {
  public:
    explicit ReplyBuffer(std::vector<std::string> stopStrings);

    /// What the reply would be if `text` came next.
    StopLook look(const std::string& text) const;
    std::size_t heldBytes() const { return text_.size(); }

    /// Appends a token; `heldFrom` is what look() said of its text.
    void hold(TokenGenerated token, std::size_t heldFrom);
    /// Takes out the next token that can no longer be part of a stop string.
    std::optional<TokenGenerated> release();
    /// Takes out the next token, whatever it may become.
    std::optional<TokenGenerated> releaseAny();
    /// Ends the reply at byte `match`: tokens that begin there or behind are dropped, the one that
    /// reaches across loses the rest of its text. Returns how many were dropped.
    int cutAt(std::size_t match);

  private:
    bool frontIsReady() const;

    std::vector<std::string> stopStrings_;
    std::deque<TokenGenerated> held_;
    std::string text_;  ///< of the held tokens, joined
    std::size_t heldFrom_ = 0;
};

}  // namespace gatescope
