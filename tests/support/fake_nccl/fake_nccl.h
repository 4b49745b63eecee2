#pragma once

#include <chrono>
#include <cstddef>

#include "kernels/cuda/stream.h"

namespace gatescope::test {

/// What goes wrong with one rank, at its `call`-th collective, send or receive (from 0) after it
/// was planted; kWhileConnecting: in ncclCommInitRankConfig.
struct NcclFault {
    static constexpr int kWhileConnecting = -1;
    enum class Kind {
        None,
        FailingCall,   ///< the call returns an error
        HangingCall,   ///< the call comes back when its communicator is aborted
        StuckCall,     ///< the call comes back at release()
        LateCall,      ///< the call takes `late`
        AsyncError,    ///< ncclCommGetAsyncError tells of an error
        DeadRank,      ///< the call is taken, but nothing ever happens
        StreamError,   ///< the stream fails
        HangingAbort,  ///< ncclCommAbort comes back at release(), whatever `call` is
    };
    Kind kind = Kind::None;
    int rank = 0;
    int call = 0;
    std::chrono::milliseconds late{50};
};

/// What the double of NCCL can be told, and tells; with as much of CUDA as belongs to it. Device
/// memory is the host's. A stream has nothing left to do when all ranks have come to what is on it.
/// Any thread.
struct FakeNccl {
    using Stream = kernels::cuda::Stream;

    int version = 22809;                 ///< what ncclGetVersion says
    void (*plant)(const NcclFault&);     ///< in place of what was planted before
    void (*release)();                   ///< what hangs goes on
    int (*callsUnderWay)();              ///< threads within a call that hangs
    int (*communicators)();              ///< that were neither destroyed nor aborted
    const char* (*misuse)();             ///< the first call that NCCL does not allow; "": none
    void (*forget)();                    ///< as new; requires that no thread is within a call
    int (*useDevice)(int device);        ///< of the calling thread, as cudaSetDevice
    Stream (*createStream)(int device);  ///< lives until forget()
    int (*poll)(Stream stream);          ///< as cudaStreamQuery
};

}  // namespace gatescope::test

extern "C" gatescope::test::FakeNccl* fakeNccl();
