#pragma once

#include <QString>
#include <string>

namespace gatescope {

/// What the engine calls its own things (states of a session, its prompt templates and presets) in
/// the window's language; every other text, such as a name given by the user, as it is. Sentences
/// about errors stay English: docs/errors.md and searches know them so.
QString engineWords(const std::string& text);

}  // namespace gatescope
