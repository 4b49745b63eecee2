#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>

#include "engine/decoder/cuda/cuda_module.h"
#include "engine/decoder/cuda/gpu.h"
#include "engine/parallel/nccl_group.h"
#include "tests/unit/engine/parallel/on_ranks.h"

// engine/parallel/nccl_group.cpp on NCCL itself, with a rank on each of this machine's GPUs; on one
// GPU it is one rank. What needs faults is tested on tests/support/fake_nccl.

namespace gatescope::test {
namespace {

using testing::Each;

class GpuNccl : public testing::Test {
  protected:
    GpuNccl() {
        int count = 0;
        EXPECT_EQ(cuda::cudaModule().countDevices(&count), 0);
        std::vector<NcclRank> ranks;
        for (int device = 0; device < std::min(count, 8); ++device) {
            gpus_.push_back(std::make_shared<cuda::Gpu>(cuda::cudaModule(), device));
            ranks.push_back({.device = device, .stream = gpus_.back()->stream()});
        }
        const NcclLibrary library = loadNccl(ncclPath());
        fmt::print("NCCL {} with {} ranks\n", library.version, ranks.size());
        group_ = std::make_unique<NcclGroup>(library.functions, cuda::cudaModule(), ranks);
    }

    std::shared_ptr<const cuda::Gpu> gpu(int rank) const {
        return gpus_[static_cast<std::size_t>(rank)];
    }
    /// body(rank) on all ranks, each with its device.
    void onAll(const std::function<void(Communicator&)>& body) {
        const Ends ends = runOnRanks(*group_, [&](Communicator& rank) {
            gpu(rank.rank())->use();
            body(rank);
        });
        EXPECT_THAT(ends, Each(std::string()));
    }

    std::vector<std::shared_ptr<cuda::Gpu>> gpus_;
    std::unique_ptr<NcclGroup> group_;
};

/// Values in a device's memory, the way there and back.
class OnDevice {
  public:
    OnDevice(const std::shared_ptr<const cuda::Gpu>& gpu, std::size_t count)
        : gpu_(gpu),
          count_(count),
          device_(gpu, std::max<std::size_t>(count, 1) * sizeof(float), "a test"),
          host_(gpu, std::max<std::size_t>(count, 1) * sizeof(float)) {}
    void set(const std::vector<float>& values) {
        std::memcpy(host_.data(), values.data(), count_ * sizeof(float));
        gpu_->copy(device_.data(), host_.data(), count_ * sizeof(float));
    }
    std::span<float> values() { return {reinterpret_cast<float*>(device_.data()), count_}; }
    std::vector<float> get() {
        gpu_->copy(host_.data(), device_.data(), count_ * sizeof(float));
        gpu_->wait("a test read");
        std::vector<float> out(count_);
        std::memcpy(out.data(), host_.data(), count_ * sizeof(float));
        return out;
    }

  private:
    std::shared_ptr<const cuda::Gpu> gpu_;
    std::size_t count_;
    cuda::DeviceMemory device_;
    cuda::PinnedMemory host_;
};

constexpr std::array<std::size_t, 5> kCounts{1, 193, 6144, 100'003, 4'000'000};

TEST_F(GpuNccl, EveryOperationGivesWhatThePlainLoopDoes) {
    for (const std::size_t count : kCounts)
        onAll([&](Communicator& rank) {
            std::vector<double> sum(count);
            std::vector<double> size(count);
            std::vector<float> gathered;
            for (int other = 0; other < rank.size(); ++other) {
                const auto theirs = valuesOf(other, count, 1);
                gathered.insert(gathered.end(), theirs.begin(), theirs.end());
                for (std::size_t i = 0; i < count; ++i) {
                    sum[i] += static_cast<double>(theirs[i]);
                    size[i] += std::fabs(static_cast<double>(theirs[i]));
                }
            }
            const auto own = valuesOf(rank.rank(), count, 1);
            OnDevice mine(gpu(rank.rank()), count);
            OnDevice all(gpu(rank.rank()), gathered.size());

            mine.set(own);
            ASSERT_TRUE(rank.allReduce(mine.values(), {"a sum"}));
            const auto reduced = mine.get();
            for (std::size_t i = 0; i < count; ++i)
                ASSERT_NEAR(static_cast<double>(reduced[i]), sum[i], 7 * 1.2e-7 * size[i]) << i;

            mine.set(own);
            ASSERT_TRUE(rank.allGather(mine.values(), all.values(), {"the logits"}));
            ASSERT_EQ(all.get(), gathered);

            const int root = rank.size() - 1;
            ASSERT_TRUE(rank.broadcast(mine.values(), root, {"the embedding"}));
            ASSERT_EQ(mine.get(), valuesOf(root, count, 1));
            ASSERT_TRUE(rank.barrier({"the end"}));

            if (rank.size() == 1) return;  // nobody to send to
            mine.set(own);
            if (rank.rank() == 0) {
                ASSERT_TRUE(rank.send(mine.values(), 1, {"the residuals"}));
            }
            if (rank.rank() == 1) {
                ASSERT_TRUE(rank.receive(mine.values(), 0, {"the residuals"}));
                ASSERT_EQ(mine.get(), valuesOf(0, count, 1));
            }
        });
}

TEST_F(GpuNccl, AGroupThatWasAbortedIsConnectedAnew) {
    for (int round = 0; round < 3; ++round) {
        group_->abort();
        onAll([](Communicator& rank) { EXPECT_FALSE(rank.barrier({})); });
        group_->reset();
        onAll([](Communicator& rank) { EXPECT_TRUE(rank.barrier({})); });
    }
}

}  // namespace
}  // namespace gatescope::test
