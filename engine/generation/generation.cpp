#include "engine/generation/generation.h"

namespace gatescope {

std::string_view name(FinishReason reason) {
    switch (reason) {
        case FinishReason::EndOfText:
            return "eos";
        case FinishReason::StopString:
            return "stop_string";
        case FinishReason::MaxTokens:
            return "max_tokens";
        case FinishReason::ContextFull:
            return "context_full";
        case FinishReason::Stopped:
            return "stopped";
        case FinishReason::Failed:
            return "failed";
    }
    return "?";
}

}  // namespace gatescope
