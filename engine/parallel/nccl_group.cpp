#include "engine/parallel/nccl_group.h"

#include <utility>

#include "engine/check.h"
#include "engine/parallel/nccl_ranks.h"

namespace gatescope {

using nccl::Job;
using nccl::JobKind;

class NcclGroup::End final : public Communicator {
  public:
    End(nccl::Ranks& ranks, int rank) : ranks_(ranks), rank_(rank) {}

    int rank() const override { return rank_; }
    int size() const override { return ranks_.size(); }

    bool allReduce(std::span<float> values, MeetingPlace place) override {
        return operate({.kind = JobKind::AllReduce,
                        .from = values.data(),
                        .to = values.data(),
                        .count = values.size(),
                        .place = place});
    }
    bool allGather(std::span<const float> mine, std::span<float> all, MeetingPlace place) override {
        GS_CHECK_EQ(all.size(), mine.size() * static_cast<std::size_t>(size()));
        return operate({.kind = JobKind::AllGather,
                        .from = mine.data(),
                        .to = all.data(),
                        .count = mine.size(),
                        .place = place});
    }
    bool broadcast(std::span<float> values, int root, MeetingPlace place) override {
        GS_CHECK(root >= 0 && root < size());
        return operate({.kind = JobKind::Broadcast,
                        .from = values.data(),
                        .to = values.data(),
                        .count = values.size(),
                        .peer = root,
                        .place = place});
    }
    bool send(std::span<const float> values, int to, MeetingPlace place) override {
        GS_CHECK(to >= 0 && to < size() && to != rank_);
        return operate({.kind = JobKind::Send,
                        .from = values.data(),
                        .count = values.size(),
                        .peer = to,
                        .place = place});
    }
    bool receive(std::span<float> values, int from, MeetingPlace place) override {
        GS_CHECK(from >= 0 && from < size() && from != rank_);
        return operate({.kind = JobKind::Receive,
                        .to = values.data(),
                        .count = values.size(),
                        .peer = from,
                        .place = place});
    }
    bool barrier(MeetingPlace place) override {
        return operate({.kind = JobKind::Barrier, .count = 1, .place = place});
    }

  private:
    bool operate(const Job& job) { return ranks_.operate(ranks_.member(rank_), job); }

    nccl::Ranks& ranks_;
    int rank_;
};

NcclGroup::NcclGroup(const NcclFunctions& nccl,
                     const kernels::cuda::CudaModule& cuda,
                     std::vector<NcclRank> ranks,
                     NcclDeadlines deadlines)
    : ranks_(std::make_shared<nccl::Ranks>(nccl, cuda, ranks, deadlines)) {
    GS_CHECK(!ranks.empty());
    for (int rank = 0; rank < ranks_->size(); ++rank)
        ends_.push_back(std::make_unique<End>(*ranks_, rank));
    nccl::Ranks::start(ranks_);
}

NcclGroup::~NcclGroup() {
    ranks_->quit();
}

Communicator& NcclGroup::rank(int rank) {
    return *ends_.at(static_cast<std::size_t>(rank));
}

void NcclGroup::abort() noexcept {
    ranks_->abort();
}

bool NcclGroup::isAborted() const noexcept {
    return ranks_->isAborted();
}

void NcclGroup::setDeadline(std::chrono::milliseconds deadline) {
    ranks_->setStepDeadline(deadline);
}

void NcclGroup::reset() {
    ranks_->reset();
}

}  // namespace gatescope
