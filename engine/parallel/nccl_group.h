#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "engine/parallel/communicator.h"
#include "engine/parallel/nccl_library.h"
#include "engine/parallel/thread_group.h"
#include "kernels/cuda/module.h"

namespace gatescope {

namespace nccl {
class Ranks;
}

/// A rank's device, and the stream on which everything of it happens. Both are the caller's and
/// outlive the group.
struct NcclRank {
    int device = 0;
    kernels::cuda::Stream stream = nullptr;
};

struct NcclDeadlines {
    std::chrono::milliseconds start = kStartDeadline;  ///< until all ranks are connected
    std::chrono::milliseconds step = kStepDeadline;    ///< for an operation; see setDeadline()
    std::chrono::milliseconds abort{5'000};            ///< for NCCL to give up
};

/// Ranks that are GPUs of this process and speak through NCCL. Values are f32 in device memory of
/// the rank. Tried on tests/support/fake_nccl alone: no machine with several GPUs has been there.
///
/// An operation is enqueued on the rank's stream, behind what the caller has enqueued, and returns
/// when the stream has nothing left to do: what it gives may be read from any stream, and its
/// deadline holds for what lies before it on the stream, too. Nothing else may use the stream
/// meanwhile. It must not be under way in a graph.
///
/// Each rank has one thread that makes all calls to NCCL for it, with communicators that do not
/// block, and one that aborts. Thus a call that does not come back is noticed as well. A sum has
/// the same bits on every rank; its order is NCCL's. The call itself says before anything is
/// enqueued that ranks do different things, which NCCL does not.
///
/// Whatever fails throws Error GPU-001 at its rank and makes the others give up; GPU-002 where NCCL
/// does not even do that within its deadline: only a new process may use these devices then.
/// Nothing is allocated once the ranks are connected, pairs included.
class NcclGroup final : public CommunicatorGroup {
  public:
    /// Connects the ranks. `cuda` stays for good. Throws as operations do.
    NcclGroup(const NcclFunctions& nccl,
              const kernels::cuda::CudaModule& cuda,
              std::vector<NcclRank> ranks,
              NcclDeadlines deadlines = {});
    /// Ends the communicators, within the deadline for giving up. Requires that no rank is within
    /// an operation.
    ~NcclGroup() override;

    int size() const override { return static_cast<int>(ends_.size()); }
    Communicator& rank(int rank) override;
    void abort() noexcept override;  ///< does not wait
    bool isAborted() const noexcept override;
    void setDeadline(std::chrono::milliseconds deadline) override;
    /// Waits for what is given up and connects the ranks anew. Throws as the constructor does.
    void reset() override;

  private:
    class End;

    std::shared_ptr<nccl::Ranks> ranks_;  ///< shared with threads that do not come back
    std::vector<std::unique_ptr<End>> ends_;
};

}  // namespace gatescope
