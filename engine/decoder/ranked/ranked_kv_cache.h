#pragma once

#include <memory>
#include <vector>

#include "engine/decoder/decoder.h"

namespace gatescope {

/// The caches of all ranks as one: each rank's holds its own heads. A row is the ranks' rows, one
/// behind the other. Shared with the ranks, so that one that has been given up on does not lose
/// what it may still write to.
class RankedKvCache final : public KvCache {
  public:
    explicit RankedKvCache(std::vector<std::shared_ptr<KvCache>> ranks)
        : ranks_(std::move(ranks)) {}

    int length() const override { return ranks_.front()->length(); }
    int capacity() const override { return ranks_.front()->capacity(); }
    std::uint64_t bytes() const override;
    void truncate(int length) override;
    std::uint64_t rowBytes() const override;
    void saveRows(int begin, std::span<std::byte* const> rows) const override;
    void appendRows(std::span<const std::byte* const> rows) override;

    const std::shared_ptr<KvCache>& rank(int rank) const {
        return ranks_[static_cast<std::size_t>(rank)];
    }

  private:
    std::vector<std::shared_ptr<KvCache>> ranks_;
};

}  // namespace gatescope
