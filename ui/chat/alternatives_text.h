#pragma once

#include <QString>

#include "engine/chat/chat_session.h"

namespace gatescope {

/// A word of the vocabulary on one line, a blank in front as ␣; or its id where no model says how
/// it is spelt and the conversation does not either.
QString wordText(const ChatSession& session, TokenId token);

/// "0.41", and very small ones as such.
QString probabilityText(double p);

/// A sentence: which of the likeliest a token is, and how sure the model was there. Empty for a
/// token of which that is not known.
QString alternativesLine(const ChatSession& session, int token);

/// The same with the likeliest words, as rich text for a tool tip.
QString alternativesToolTip(const ChatSession& session, int token);

}  // namespace gatescope
