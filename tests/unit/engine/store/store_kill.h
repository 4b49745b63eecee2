#pragma once

#include <string>

#include "engine/store/conversation.h"

namespace gatescope::test {

/// The text of token `index` of the reply `message`, in the kill loop's child and its driver.
inline std::string tokenText(MessageId message, int index) {
    return ' ' + std::to_string(message) + ':' + std::to_string(index);
}

}  // namespace gatescope::test
