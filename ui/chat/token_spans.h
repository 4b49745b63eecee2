#pragma once

#include <QString>
#include <optional>
#include <utility>
#include <vector>

#include "engine/store/conversation.h"

namespace gatescope {

/// Where each token of a message lies in the text that is shown. A message's tokens also hold the
/// template's own text (role names), which is not shown: those tokens get an empty span at the
/// beginning, so a span is always there for every token. Offsets are UTF-16 units of the message's
/// text. A value; tested without a widget.
class TokenSpans {
  public:
    struct Span {
        int begin = 0;
        int end = 0;
        bool empty() const { return begin == end; }
        friend bool operator==(const Span&, const Span&) = default;
    };

    /// Brings the spans up to date with `message`: only tokens and text that came since the last
    /// call are looked at, unless what was there has changed.
    void update(const Message& message);
    void clear();

    int size() const { return static_cast<int>(spans_.size()); }
    Span operator[](int token) const;
    /// The token whose text holds `offset`.
    std::optional<int> tokenAt(int offset) const;
    /// First token that ends behind `offset`; size() if there is none.
    int firstEndingAfter(int offset) const;

  private:
    std::optional<std::size_t> findStart(const Message& message) const;
    void append(const TokenRecord& token);

    std::vector<Span> spans_;
    bool started_ = false;      ///< the place of the message's text among its tokens is known
    std::ptrdiff_t at_ = 0;     ///< UTF-16 offset of the next token in the text shown
    int length_ = 0;            ///< of the message's text; a stop string behind it is not shown
    std::size_t measured_ = 0;  ///< bytes of it that `length_` counts
    std::pair<std::size_t, std::size_t> tried_;  ///< tokens and bytes that had no start yet
    TokenId firstToken_ = -1;  ///< tells a list that was replaced from one that grew
};

}  // namespace gatescope
