// libFuzzer harness of a Hugging Face config.json; see safetensors_fuzz.cpp.
//   build/fuzz/bin/hf_config_fuzz -timeout=1 -dict=tests/fuzz/safetensors.dict corpus
//   tests/data/huggingface/keyfan
#include <cstddef>
#include <cstdint>
#include <string>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/model/safetensors/hf_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    try {
        const gatescope::ModelConfig config = gatescope::parseHfConfig(text, "fuzz").model;
        validate(config, "fuzz");
        GS_CHECK(config.padToken >= 0 && config.padToken < config.vocabSize);
        GS_CHECK(config.eosToken >= 0 && config.eosToken < config.vocabSize);
        (void)countParameters(config);
    } catch (const gatescope::Error&) {  // a refusal is a good answer
    }
    return 0;
}
