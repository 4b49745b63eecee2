#pragma once

#include <memory>
#include <vector>

#include "engine/decoder/decoder.h"

namespace gatescope {

/// The caches of all ranks as one: each rank's holds its own heads. A row is the ranks' rows, one
/// behind the other. Shared with the ranks, so that one that has been given up on does not lose
/// what it may still use; that is why its length is its own, and what ranks hold beyond is
/// forgotten only when they are at rest: align().
class RankedKvCache final : public KvCache {
  public:
    explicit RankedKvCache(std::vector<std::shared_ptr<KvCache>> ranks)
        : ranks_(std::move(ranks)) {}

    int length() const override { return length_; }
    int capacity() const override { return ranks_.front()->capacity(); }
    std::uint64_t bytes() const override;
    void truncate(int length) override { length_ = length; }
    std::uint64_t rowBytes() const override;
    void saveRows(int begin, std::span<std::byte* const> rows) const override;
    void appendRows(std::span<const std::byte* const> rows) override;

    /// Makes the ranks forget what lies beyond length(). Requires that none is within a step.
    void align();
    /// Every rank has appended so many tokens.
    void grow(int numTokens) { length_ += numTokens; }

    const std::shared_ptr<KvCache>& rank(int rank) const {
        return ranks_[static_cast<std::size_t>(rank)];
    }

  private:
    std::vector<std::shared_ptr<KvCache>> ranks_;
    int length_ = 0;
};

}  // namespace gatescope
