#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {
namespace {

namespace fs = std::filesystem;

struct Ban {
    const char* pattern;
    std::string_view instead;
};

/// What a kernel's file must not say: the emulation would not see it, or would see something else.
const std::vector<Ban>& bans() {
    static const std::vector<Ban> all{
        {"<<<", "GATESCOPE_LAUNCH, which says a stream and gives the error"},
        {R"(\b__shared__\b)", "GATESCOPE_SHARED, whose borders the emulation guards"},
        {R"(\b(asm|__asm__)\b)", "a function of device.h with a model for the host beside it"},
        {R"(\bcuda(DeviceSynchronize|StreamSynchronize|Memcpy|Malloc|Free)\w*)",
         "module.cpp: a kernel's file enqueues and does nothing else"},
        {R"(\bcudaStream(Legacy|PerThread|Default)\b)", "the stream that the caller gives"},
        {R"(\b(volatile|__threadfence_system)\b)", "__threadfence, a barrier or an atomic"},
        {R"(\b__shfl(_xor|_up|_down)?\()", "the _sync form with kAllLanes"},
    };
    return all;
}

/// Why `line` of a kernel's file may not stand there, or nothing.
std::optional<std::string> violation(const std::string& line) {
    const std::string code = line.substr(0, line.find("//"));
    for (const Ban& ban : bans())
        if (std::regex_search(code, std::regex(ban.pattern)))
            return fmt::format("write {} instead of \"{}\"", ban.instead, line);
    return std::nullopt;
}

TEST(CudaWords, KernelsSayOnlyWhatTheEmulationWatches) {
    int files = 0;
    for (const auto& entry :
         fs::directory_iterator(fs::path(GATESCOPE_SOURCE_DIR) / "kernels/cuda")) {
        if (entry.path().extension() != ".cu") continue;
        ++files;
        std::ifstream in(entry.path());
        int number = 0;
        for (std::string line; std::getline(in, line);) {
            ++number;
            if (const auto fault = violation(line))
                ADD_FAILURE() << entry.path().filename().string() << ":" << number << ": "
                              << *fault;
        }
    }
    EXPECT_GE(files, 7);
}

TEST(CudaWords, EachBanIsSeen) {
    for (const char* line : {"kernel<<<1, 32>>>(x);",
                             "__shared__ float sums[8];",
                             "asm volatile(\"nop;\");",
                             "cudaDeviceSynchronize();",
                             "cudaMemcpyAsync(a, b, n, cudaMemcpyDefault, s);",
                             "launch(kernel, cudaStreamLegacy);",
                             "volatile float* p = q;",
                             "x += __shfl_xor(x, 1);"})
        EXPECT_TRUE(violation(line)) << line;
    for (const char* line : {"x += __shfl_xor_sync(kAllLanes, x, by);",
                             "GATESCOPE_SHARED(float, sums, [8]);",
                             "float y = 0;  // unlike __shared__ in CUDA"})
        EXPECT_FALSE(violation(line)) << line;
}

}  // namespace
}  // namespace gatescope
