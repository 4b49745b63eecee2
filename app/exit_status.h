#pragma once

#include "engine/error.h"

namespace gatescope {

/// Exit statuses of both programs (the contract is the design page's section 5).
constexpr int kExitOk = 0;
constexpr int kExitTourFailed = 1;
constexpr int kExitDiffers = 1;  ///< `record rerun` gave other tokens
constexpr int kExitInterrupted = 130;

constexpr int exitStatus(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::BadUsage:
            return 2;
        case ErrorKind::BadInput:
            return 3;
        case ErrorKind::NoMemory:
        case ErrorKind::DeviceFault:
            return 4;
    }
    return 4;
}

}  // namespace gatescope
