#include "ui/language/engine_words.h"

#include <QCoreApplication>

namespace gatescope {
namespace {

// Only read by lupdate, which finds in it what the engine says: the tests compare it with the
// engine's own lists.
[[maybe_unused]] constexpr const char* kWords[] = {
    // ChatSession::status()
    QT_TRANSLATE_NOOP("EngineWords", "loading"),
    QT_TRANSLATE_NOOP("EngineWords", "reading the prompt"),
    QT_TRANSLATE_NOOP("EngineWords", "generating"),
    QT_TRANSLATE_NOOP("EngineWords", "replay"),
    QT_TRANSLATE_NOOP("EngineWords", "ready"),
    QT_TRANSLATE_NOOP("EngineWords", "no model"),
    // PromptTemplates, those that it comes with
    QT_TRANSLATE_NOOP("EngineWords", "Continue the text"),
    QT_TRANSLATE_NOOP("EngineWords",
                      "The model goes on writing where your text ends. Nothing is added to it."),
    QT_TRANSLATE_NOOP("EngineWords", "User / Assistant transcript"),
    QT_TRANSLATE_NOOP("EngineWords",
                      "Your text becomes a line of a transcript; the model writes the next one."),
    QT_TRANSLATE_NOOP("EngineWords", "Few-shot questions and answers"),
    QT_TRANSLATE_NOOP(
        "EngineWords",
        "Two answered questions come first, so that a base model sees what an answer looks like."),
    // builtInPresets()
    QT_TRANSLATE_NOOP("EngineWords", "Balanced"),
    QT_TRANSLATE_NOOP("EngineWords",
                      "Temperature 0.7 within the likeliest 95 %: what a new profile starts with."),
    QT_TRANSLATE_NOOP("EngineWords", "Greedy"),
    QT_TRANSLATE_NOOP("EngineWords", "Always the likeliest token: the same reply every time."),
    QT_TRANSLATE_NOOP("EngineWords", "Varied"),
    QT_TRANSLATE_NOOP(
        "EngineWords",
        "Temperature 1.1, without what is less than a twentieth as likely as the likeliest."),
};

}  // namespace

QString engineWords(const std::string& text) {
    return QCoreApplication::translate("EngineWords", text.c_str());
}

}  // namespace gatescope
