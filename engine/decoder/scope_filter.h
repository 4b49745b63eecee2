#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/ids.h"
#include "engine/routing/filter/routing_filter.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// A filter (docs/filter.md) asked about a token that goes in, before it is computed. So it knows
/// what can be known then, and what stays the same when the token is computed again later: the
/// token's own text and id (`text`, `token`) and its position in the sequence (`index`). Routing,
/// probabilities and what the conversation knows of its messages are refused. `text~"self"` is
/// about this one token, not about a word that several make up: those behind it are not there yet.
/// Used by one thread.
class ScopeFilter {
  public:
    /// Throws Error(BadUsage) with one sentence that names the column: a mistake in the filter, or
    /// a field that is not known before a token is computed.
    static void check(std::string_view filter);

    /// `tokenizer` outlives it. Throws as check(), and Error(BadUsage) for a filter that asks about
    /// text where there is no tokenizer.
    ScopeFilter(std::string_view filter, const Tokenizer* tokenizer);
    ~ScopeFilter();

    bool contains(int position, TokenId token);

  private:
    class GoesIn;
    std::unique_ptr<GoesIn> token_;
    FilterRun run_;
};

}  // namespace gatescope
