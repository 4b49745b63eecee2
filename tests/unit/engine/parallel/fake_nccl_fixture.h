#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "engine/parallel/nccl_group.h"
#include "tests/support/fake_nccl/fake_nccl.h"

namespace gatescope::test {

/// NCCL's double, found as NCCL is, and as much of a CUDA module as ranks need.
class FakeNcclTest : public testing::Test {
  protected:
    void SetUp() override {
        library_ = loadNccl(GATESCOPE_FAKE_NCCL);
        fake().forget();
        cuda().errorText = [](int) { return "unspecified launch failure"; };
        cuda().useDevice = [](int device) { return fake().useDevice(device); };
        cuda().poll = [](kernels::cuda::Stream stream) { return fake().poll(stream); };
        cuda().allocate = [](void** memory, std::size_t bytes) {
            *memory = std::calloc(bytes, 1);
            return *memory == nullptr ? kernels::cuda::kMemoryAllocationError : 0;
        };
        cuda().release = [](void* memory) {
            std::free(memory);
            return 0;
        };
    }

    void TearDown() override {
        fake().release();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        const auto isOver = [] {
            return fake().callsUnderWay() == 0 && fake().communicators() == 0;
        };
        while (!isOver() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        EXPECT_EQ(fake().callsUnderWay(), 0);
        EXPECT_EQ(fake().communicators(), 0) << "some were not given back";
        EXPECT_STREQ(fake().misuse(), misuse_.c_str());
    }

    static FakeNccl& fake() {
        static FakeNccl* const all = [] {
            void* handle = dlopen(GATESCOPE_FAKE_NCCL, RTLD_NOW | RTLD_LOCAL);
            return reinterpret_cast<decltype(&fakeNccl)>(dlsym(handle, "fakeNccl"))();
        }();
        return *all;
    }
    kernels::cuda::CudaModule& cuda() { return *cuda_; }
    const NcclFunctions& nccl() const { return library_.functions; }

    /// Rank r on device r.
    std::vector<NcclRank> ranksOn(int count) const {
        std::vector<NcclRank> ranks;
        for (int device = 0; device < count; ++device)
            ranks.push_back({.device = device, .stream = fake().createStream(device)});
        return ranks;
    }
    void expectMisuse(const std::string& text) { misuse_ = text; }

  private:
    /// One a test, for good, the end of the program included: a rank that was lost may still use
    /// its own.
    static kernels::cuda::CudaModule* newModule() {
        static auto& modules = *new std::deque<kernels::cuda::CudaModule>;
        return &modules.emplace_back();
    }

    kernels::cuda::CudaModule* cuda_ = newModule();
    NcclLibrary library_;
    std::string misuse_;
};

}  // namespace gatescope::test
