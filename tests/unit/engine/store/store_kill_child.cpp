// Streams conversations into a library the way a chat does and says on stdout what it was told is
// durable, until it is killed. Lines, written at once and whole:
//   user MESSAGE TEXT        the user's message is durable; only now does its reply begin
//   reply MESSAGE            the reply exists
//   made MESSAGE TOKENS NS   so many tokens of the reply are generated, at this monotonic time
//   kept MESSAGE TOKENS      so many of them are durable
//   done MESSAGE             the reply is complete
// Token i of message m has the text tokenText(m, i), so a reader can check every word of it.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "engine/store/store_writer.h"
#include "tests/unit/engine/store/store_kill.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void say(const std::string& line) {
    const std::string whole = line + '\n';
    if (::write(STDOUT_FILENO, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
        std::_Exit(3);
}

class Chat {
  public:
    Chat(StoreWriter& writer, unsigned seed) : writer_(writer), random_(seed) {
        writer_.setErrorHandler([](const std::string& message) {
            std::fprintf(stderr, "%s\n", message.c_str());
            std::_Exit(4);
        });
    }

    [[noreturn]] void run() {
        writer_.post([](ConversationStore& store) { store.markInterrupted(); });
        for (;;) {
            ask();
            answer(static_cast<int>(20 + random_() % 200));
        }
    }

  private:
    /// Until `ready`, polling as a window does once a frame.
    template <class Ready>
    void wait(const Ready& ready) {
        while (!ready()) {
            writer_.poll();
            std::this_thread::sleep_for(1ms);
        }
    }

    void ask() {
        auto ids = std::make_shared<std::pair<ConversationId, MessageId>>();
        const std::string text = "question " + std::to_string(random_());
        bool durable = false;
        writer_.post(
            [this, ids, text](ConversationStore& store) {
                if (conversation_ == 0) conversation_ = store.createConversation({});
                Message message;
                message.text = text;
                message.parent = last_;
                message.tokens = test::tokensOf(text, random_);
                ids->second = store.addMessage(conversation_, message);
                Message reply;
                reply.role = Role::Assistant;
                reply.state = MessageState::Streaming;
                reply.parent = ids->second;
                ids->first = store.addMessage(conversation_, reply);
            },
            [&, ids, text] {
                say("user " + std::to_string(ids->second) + ' ' + text);
                say("reply " + std::to_string(ids->first));
                durable = true;
            });
        wait([&] { return durable; });
        last_ = reply_ = ids->first;
    }

    void answer(int numTokens) {
        auto committed = Clock::now();
        std::vector<TokenRecord> pending;
        for (int i = 0; i < numTokens; ++i) {
            const auto next = Clock::now() + std::chrono::milliseconds(1 + random_() % 12);
            TokenRecord token;
            token.token = i;
            token.text = test::tokenText(reply_, i);
            token.generated = true;
            token.routing = test::randomRecord(tokenRandom_, 4, 8, 2);
            pending.push_back(std::move(token));
            say("made " + std::to_string(reply_) + ' ' + std::to_string(i + 1) + ' ' +
                std::to_string(Clock::now().time_since_epoch().count()));
            const bool last = i + 1 == numTokens;
            if (last || Clock::now() - committed >= 250ms - 15ms) {  // a frame before it is due
                commit(std::move(pending), i + 1, last);
                pending = {};
                committed = Clock::now();
            }
            wait([&] { return Clock::now() >= next; });
        }
    }

    void commit(std::vector<TokenRecord> tokens, int count, bool last) {
        std::string text;
        for (const auto& token : tokens) text += token.text;
        writer_.post(
            [id = reply_, text, tokens = std::move(tokens), last](ConversationStore& store) {
                store.appendToMessage(id,
                                      text,
                                      tokens,
                                      last ? MessageState::Complete : MessageState::Streaming,
                                      last ? std::optional(FinishReason::MaxTokens) : std::nullopt);
            },
            [id = reply_, count, last] {
                say("kept " + std::to_string(id) + ' ' + std::to_string(count));
                if (last) say("done " + std::to_string(id));
            });
    }

    StoreWriter& writer_;
    std::mt19937 random_;          ///< in jobs only while this thread waits for them
    std::mt19937 tokenRandom_{3};  ///< this thread's
    ConversationId conversation_ = 0;
    MessageId last_ = 0;
    MessageId reply_ = 0;
};

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    gatescope::StoreWriter writer(argv[1]);
    gatescope::Chat(writer, static_cast<unsigned>(std::atoi(argv[2]))).run();
}
