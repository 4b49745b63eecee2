#include <memory>
#include <utility>

#include "engine/chat/chat_session_impl.h"
#include "engine/import/import_conversations.h"

namespace gatescope {

void ChatSession::importFiles(std::vector<std::filesystem::path> files,
                              std::function<void(const ImportOutcome& outcome)> done) {
    struct Import {
        std::vector<ImportedFile> files;
        ImportOutcome outcome;
    };
    auto import = std::make_shared<Import>();
    // Reading takes seconds for a large file, and nothing that is written may wait for it.
    impl_->store.read([import, files = std::move(files)](
                          const ConversationStore&) { import->files = readAll(files); },
                      [this, import, done = std::move(done)] {
                          impl_->store.post(
                              [import](ConversationStore& library) {
                                  import->outcome = addToLibrary(library, std::move(import->files));
                              },
                              [this, import, done] {
                                  impl_->refreshList();
                                  if (done) done(import->outcome);
                              });
                      });
}

}  // namespace gatescope
