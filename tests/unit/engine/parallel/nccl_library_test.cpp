#include "engine/parallel/nccl_library.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "engine/error.h"
#include "tests/support/fake_nccl/fake_nccl.h"

namespace gatescope::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string refusalOf(const std::filesystem::path& path) {
    try {
        (void)loadNccl(path);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
        return error.what();
    }
    return "it was loaded";
}

TEST(NcclLibraryTest, ADoubleIsLoadedWithAllItsFunctions) {
    const NcclLibrary library = loadNccl(GATESCOPE_FAKE_NCCL);
    EXPECT_EQ(library.version, 22809);
    EXPECT_STREQ(library.functions.getErrorString(NcclFunctions::kInProgress),
                 "NCCL operation in progress");
}

TEST(NcclLibraryTest, AMissingLibraryIsOneSentence) {
    EXPECT_THAT(refusalOf("/nowhere/libnccl.so.2"),
                AllOf(HasSubstr("several GPUs cannot work together: NCCL cannot be loaded ("),
                      HasSubstr("/nowhere/libnccl.so.2"),
                      HasSubstr("install NVIDIA's libnccl2 2.18 or later"),
                      HasSubstr("GATESCOPE_NCCL_LIBRARY")));
}

TEST(NcclLibraryTest, ALibraryThatIsNotNcclIsNamed) {
    EXPECT_THAT(refusalOf("libm.so.6"), HasSubstr("libm.so.6 has no ncclGetVersion"));
}

TEST(NcclLibraryTest, AnOldOneIsNamedWithItsVersion) {
    void* handle = dlopen(GATESCOPE_FAKE_NCCL, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(handle, nullptr) << dlerror();
    FakeNccl& fake = *reinterpret_cast<decltype(&fakeNccl)>(dlsym(handle, "fakeNccl"))();
    const int version = fake.version;
    fake.version = 21703;
    EXPECT_THAT(refusalOf(GATESCOPE_FAKE_NCCL), HasSubstr("is NCCL 2.17.3; install"));
    fake.version = 2708;
    EXPECT_THAT(refusalOf(GATESCOPE_FAKE_NCCL), HasSubstr("is NCCL 2.7.8; install"));
    fake.version = kOldestNccl;
    EXPECT_EQ(refusalOf(GATESCOPE_FAKE_NCCL), "it was loaded");
    fake.version = version;
}

TEST(NcclLibraryTest, TheEnvironmentSaysWhereItIs) {
    ASSERT_EQ(unsetenv("GATESCOPE_NCCL_LIBRARY"), 0);
    EXPECT_EQ(ncclPath(), "libnccl.so.2");
    ASSERT_EQ(setenv("GATESCOPE_NCCL_LIBRARY", "/opt/nccl/libnccl.so.2", 1), 0);
    EXPECT_EQ(ncclPath(), "/opt/nccl/libnccl.so.2");
    ASSERT_EQ(unsetenv("GATESCOPE_NCCL_LIBRARY"), 0);
}

}  // namespace
}  // namespace gatescope::test
