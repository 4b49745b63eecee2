// Fuzz target: a recording (.gscope), from SQLite's pages to the tokens' routing records. Needs a
// file, which lies in memory (/dev/shm). See docs/fuzzing.md.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "engine/error.h"
#include "engine/store/recording.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/recording_cells.h"
#include "tests/fuzz/sqlite_heap.h"
#include "tests/support/likely_tokens.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;

constexpr int kLayers = 2;
constexpr int kExperts = 4;

const bool heapGiven = (giveSqliteItsOwnHeap(), true);

/// One name for all runs of a process, away from the disk.
const fs::path& fileInMemory() {
    static const fs::path file = fmt::format("/dev/shm/gatescope-fuzz-{}.gscope", ::getpid());
    static const struct Removal {
        ~Removal() { fs::remove(fileInMemory()); }
    } removal;
    return file;
}

Message message(const std::string& text, MessageId parent) {
    std::mt19937 random(7);
    Message out;
    out.text = text;
    out.parent = parent;
    out.tokens = tokensOf(text, random, kLayers, kExperts, 2);
    return out;
}

/// A question, a reply, and another one made under interventions.
std::string smallRecording() {
    const ScratchDir dir;
    auto store = ConversationStore::inMemory();
    ConversationSummary summary;
    summary.title = "Sky";
    summary.model = "demo";
    summary.facts = {
        .name = "Demo", .numLayers = kLayers, .numExperts = kExperts, .numSelected = 2};
    const auto id = store.createConversation(summary);
    const auto question = store.addMessage(id, message("why blue", 0));
    Message reply = message("because it is", question);
    reply.role = Role::Assistant;
    reply.finishReason = FinishReason::EndOfText;
    store.addMessage(id, reply);
    for (TokenRecord& token : reply.tokens) token.alternatives = alternativesLike(token.token);
    reply.interventions.ablate = {{LayerId{1}, ExpertId{2}}};
    reply.interventions.topK = 2;
    store.addMessage(id, reply);
    store.saveRecording(id, dir.path() / "small.gscope");
    return readBytes(dir.path() / "small.gscope");
}

/// What must hold of any recording the reader takes, whatever the bytes were.
void checkInvariants(const Recording& recording, const RecordingInfo& info) {
    GS_CHECK_EQ(info.messages, static_cast<int>(recording.messages.size()));
    GS_CHECK_LE(info.branchMessages, info.messages);
    GS_CHECK_LE(info.routedTokens, info.tokens);
    for (const Message& each : recording.messages) {
        for (const TokenRecord& token : each.tokens) {
            GS_CHECK(token.predicted() >= -1);
            if (token.alternatives)
                GS_CHECK_EQ(token.alternatives->tokens.size(), token.alternatives->logProbs.size());
            if (!token.routing) continue;
            const RoutingRecord& routing = *token.routing;
            GS_CHECK(routing.numLayers >= 1 && routing.numExperts >= 1);
            GS_CHECK_LE(routing.numLayers, info.numLayers);
            GS_CHECK_LE(routing.numExperts, info.numExperts);
            for (const std::int32_t expert : routing.selected)
                GS_CHECK(expert >= -1 && expert < routing.numExperts);
            if (!routing.logSumExps.empty())
                GS_CHECK_EQ(routing.logSumExps.size(), static_cast<std::size_t>(routing.numLayers));
            for (const float sum : routing.logSumExps) GS_CHECK(std::isfinite(sum));
        }
    }
}

}  // namespace

std::vector<std::string> fuzzSeeds() {
    return {smallRecording()};
}

}  // namespace gatescope::test

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data,
                                               std::size_t size,
                                               std::size_t maxSize,
                                               unsigned seed) {
    return gatescope::test::mutateInPlace(
        data, size, maxSize, seed, gatescope::test::mutatedRecording);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto& file = gatescope::test::fileInMemory();
    gatescope::test::writeBytes(file, std::string(reinterpret_cast<const char*>(data), size));
    try {
        const gatescope::Recording recording = gatescope::readRecording(file);
        const gatescope::RecordingInfo info = gatescope::verifyRecording(file);
        gatescope::test::checkInvariants(recording, info);
        ++gatescope::test::acceptedInputs;
    } catch (const gatescope::Error& error) {  // a refusal is a good answer
        gatescope::test::checkRefusal(error);
    }
    return 0;
}
