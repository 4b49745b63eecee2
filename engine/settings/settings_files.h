#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/settings/prompt_template.h"
#include "engine/settings/reply_options.h"

namespace gatescope {

// Presets and prompt templates as files that people write by hand, keep under version control and
// compare with diff: one small JSON document each, named after what it holds, always written with
// all keys in the same order. docs/presets.md lists the keys. A key that is missing has its
// default; one that is unknown is refused, because it is a slip of the pen: both readers throw
// Error(BadInput) that starts with `where` and names the line or the key.

inline constexpr std::size_t kLargestSettingsFile = 256U << 10U;  ///< bytes

std::string presetText(const ReplyPreset& preset);
/// `name`: what it is called; the file does not say it.
ReplyPreset presetFromText(std::string_view text, std::string name, const std::string& where);
/// Options alone, in the same words.
std::string optionsText(const ReplyOptions& options);
ReplyOptions optionsFromText(std::string_view text, const std::string& where);
std::string templateText(const PromptTemplate& t);
PromptTemplate templateFromText(std::string_view text, std::string name, const std::string& where);

/// A preset or template of this file, named after it. Throws Error(BadInput).
ReplyPreset readPreset(const std::filesystem::path& file);
PromptTemplate readTemplate(const std::filesystem::path& file);

/// What can be a name, because it can be one of a file: 1 to 60 characters, no slash, no control
/// character, no dot or blank at either end.
bool isSettingsName(std::string_view name);

/// What NAME.json files of a folder say, by name; a sentence for each that cannot be read. A folder
/// that does not exist is empty.
template <class Setting>
struct SettingsFolder {
    std::vector<Setting> found;
    std::vector<std::string> problems;
};
SettingsFolder<ReplyPreset> readPresets(const std::filesystem::path& folder);
/// One that is called as a built-in one is a problem.
SettingsFolder<PromptTemplate> readTemplates(const std::filesystem::path& folder);

/// Writes FOLDER/NAME.json, whole or not at all. Throws Error(BadUsage) for what cannot be a name,
/// Error(DeviceFault) for disk errors.
void writePreset(const std::filesystem::path& folder, const ReplyPreset& preset);
void writeTemplate(const std::filesystem::path& folder, const PromptTemplate& t);
void removeSettings(const std::filesystem::path& folder, const std::string& name);

}  // namespace gatescope
