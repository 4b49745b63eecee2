#include "engine/model/xai/pickle_reader.h"

#include "engine/model/xai/pickle_machine.h"

namespace gatescope {

PickledTensor readPickledTensor(const ByteSource& source, const std::string& where) {
    return PickleMachine(source, where).run();
}

}  // namespace gatescope
