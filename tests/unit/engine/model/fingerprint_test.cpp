#include "engine/model/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

std::string of(const std::string& model) {
    return modelFingerprint(*openModel(model));
}

TEST(FingerprintTest, IsTheSameForTheSameWeightsAndAnotherForOthers) {
    const std::string model = "synthetic:grok-1-tiny,layers=2";
    EXPECT_EQ(of(model + ",seed=3"), of(model + ",seed=3"));
    EXPECT_NE(of(model + ",seed=3"), of(model + ",seed=4"));
    EXPECT_NE(of(model + ",seed=3"), of("synthetic:grok-1-tiny,layers=3,seed=3"));
    EXPECT_NE(of(model + ",dtype=f32,seed=3"), of(model + ",dtype=i8,seed=3"));
    EXPECT_EQ(of(model).size(), 16U);
}

TEST(FingerprintTest, DoesNotDependOnWhereTheModelLiesButOnItsRouters) {
    test::ScratchDir dir;
    const fs::path copy = dir.path() / "elsewhere";
    fs::copy(test::dataDir() / "tiny-a", copy, fs::copy_options::recursive);
    const std::string before = of((test::dataDir() / "tiny-a").string());
    EXPECT_EQ(of(copy.string()), before);
    const auto source = openModel(copy.string());
    const auto& tensors = source->tensors();
    const auto router = std::find_if(tensors.begin(), tensors.end(), [](const TensorInfo& t) {
        return t.name.find("router") != std::string::npos;
    });
    ASSERT_NE(router, tensors.end());
    fs::path file;
    for (const auto& entry : fs::recursive_directory_iterator(copy))
        if (entry.path().filename() == fs::path(router->file).filename()) file = entry.path();
    ASSERT_FALSE(file.empty());
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    const auto middle = static_cast<std::streamoff>(fs::file_size(file) / 2);
    bytes.seekg(middle);
    const int old = bytes.get();
    bytes.seekp(middle);
    bytes.put(static_cast<char>(old ^ 1));
    bytes.close();
    EXPECT_NE(of(copy.string()), before);
}

TEST(FingerprintTest, GivesUpWhenAskedTo) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(modelFingerprint(*openModel((test::dataDir() / "tiny-a").string()), stop.get_token()),
              "");
}

}  // namespace
}  // namespace gatescope
