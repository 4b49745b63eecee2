#pragma once

#include <filesystem>
#include <string>

#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {

/// A checkpoint on disk, gone with this object: 3 layers, the 512 pieces of tiny-a, milliseconds a
/// token.
class SmallCheckpoint {
  public:
    explicit SmallCheckpoint(ModelConfig config = smallConfig()) {
        writeTinyCheckpoint(dir_.path() / "small", config, /*seed=*/11);
    }
    std::string path() const { return (dir_.path() / "small").string(); }

    static ModelConfig smallConfig() {
        auto config = tinyConfig();
        config.vocabSize = 512;
        config.numLayers = 3;
        config.contextLength = 512;
        return config;
    }
    /// About 13 MB, so that a load and a prefill have a middle.
    static ModelConfig largerConfig() {
        auto config = smallConfig();
        config.numLayers = 8;
        config.dModel = 128;
        config.ffnSize = 512;
        return config;
    }

  private:
    ScratchDir dir_;
};

}  // namespace gatescope::test
