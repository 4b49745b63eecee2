<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Alternatives</name>
    <message>
        <source>(end of text)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>id %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1”: probability %2, rank %3; entropy %4 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1; put here by you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CellChange</name>
    <message>
        <source>routed around</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gate × %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of expert %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>logit %1%2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CellMenu</name>
    <message>
        <source>%1 experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale its gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale their gates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>times %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bias its router logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bias their router logits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>plus %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>minus %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swap it with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts a token, in layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts a token, in these %1 layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the best %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts a token, in all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as the model: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ablate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Route around it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Route around them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Force it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Force them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear this expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear these experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only for some tokens…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear all interventions</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ColorMap</name>
    <message>
        <source>cividis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>viridis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blue-orange</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DroppedFiles</name>
    <message>
        <source>%1, about %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is not a file of this machine: save it first, then drop the file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is not there any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder %1 holds no model: expected ckpt-0, config.json, *.gguf or *.safetensors in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is empty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is too large for a message: %2, and at most %3 can be taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 and %2 are for different things: drop one kind of file at a time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 can only be opened alone: drop one model or recording, or several text files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no file in what was dropped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These files are too large for one message: %1, and at most %2 can be taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be taken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the model %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the recording %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import the conversations of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import the conversations of %1 files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put %1 into the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put %1 files into the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is too large for a message.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is no text: expected UTF-8. Models are dropped as .gguf or as their folder, recordings as .gscope.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EngineWords</name>
    <message>
        <source>loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reading the prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>generating</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue the text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model goes on writing where your text ends. Nothing is added to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>User / Assistant transcript</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your text becomes a line of a transcript; the model writes the next one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Few-shot questions and answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two answered questions come first, so that a base model sees what an answer looks like.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature 0.7 within the likeliest 95 %: what a new profile starts with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Greedy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Always the likeliest token: the same reply every time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Varied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature 1.1, without what is less than a twentieth as likely as the likeliest.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeatmapFrame</name>
    <message>
        <source>first choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>second choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choice %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2 over the last %3 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of %1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>forced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top %1 in this layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean </source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeatmapMode</name>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Router probabilities of one token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>router probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>p %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean router probability of the tokens up to this one; older ones count less, by half every half-life. Counted in tokens, prompt and reply alike</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fading mean of router probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recent mean %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Margin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far each expert is from the other side of the choice: selected ones from the best that was not (orange), the others from the last that was (blue)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability ahead of, or behind, the choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>margin %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability of the selected experts only; the bars say their sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability of the selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>routed %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean router probability over the tokens counted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean router probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often each expert was selected, of the tokens counted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of tokens that selected it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minus uniform</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus what it would be by chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share minus chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share %1 against chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Minus baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus the same of the range pinned as baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share minus the baseline&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share %1 against the baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>z score</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many standard deviations of chance the count of each expert lies away from what chance would give</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>standard deviations from chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>z %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HelpPages</name>
    <message>
        <source>Gatescope %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk to a Grok-1 class mixture-of-experts model on your own machine and watch, token by token, which experts answer.

Apache-2.0. Built with Qt %1 (LGPL-3); a build with charts contains Qt Charts and is GPL-3 as a whole. docs/licences.md lists everything that is used.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InspectionTables</name>
    <message>
        <source>the word itself (embedding)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1 attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>likeliest word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>then</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>p of the word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>who</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InterventionEdits</name>
    <message>
        <source>this conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InterventionWords</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in layers %1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 expert a token %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 experts a token %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, and %2 more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>force %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias %1 by %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scale the gate of %1 by %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>swap experts %1 and %2 of layer %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>renormalise gates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hold to the routes of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only for tokens like %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>clear all interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>take away: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>hold to other routes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo intervention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo intervention</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MessageFooter</name>
    <message>
        <source>%1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted: Gatescope ended before this reply was complete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the prompt: %1 of %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Esc stops it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>written by you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>imported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 intervention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 reused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first after %1 s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prompt %1 tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The prompt has %1 tokens; %2 of them were known and not computed again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other %1 took %2 s: %3 a second.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The first token came after %1 s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The %1 behind it came at %2 a second.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of %1 drafted tokens %2 were right.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PaletteEntries</name>
    <message>
        <source>Write as: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply settings: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recent model › %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatisticText</name>
    <message>
        <source>selections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of selections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lift</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>phi</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first choices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of first choices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>favourite&apos;s share</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>margin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>routed mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>information (bits)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>information of mass (bits)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>below the band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>within the band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>above the band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 observations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (%1 to %2)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::AlignedText</name>
    <message>
        <source>Both texts, aligned by token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same in both: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A has %1, B has %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only in A: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only in B: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL of the distributions it was drawn from: %1 bit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>most likely here: %1 with A&apos;s interventions, %2 with B&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::AlternativesCard</name>
    <message>
        <source>Alternatives of the token, the likeliest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only tokens that the model wrote have alternatives</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this reply was kept before alternatives were recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rank</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A recording is only looked at: it cannot go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the model to go on from another word.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the reply to go on from another word.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter or a click goes on from that word, in a version of the reply beside this one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionMapView</name>
    <message>
        <source>evenly 1/(t + 1): %1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight; rows add up to 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>↓ token that looks   token looked at →</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionPanel</name>
    <message>
        <source>Point at a pair for its weight; a click picks the token that looks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Query head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computes the tokens of the range picked once more, or all of them without one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token %1 “%2” looks at token %3 “%4”: %5, evenly %6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token yet. Send a message first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a head and make its map: how much each token looked at those before it. Nothing is computed before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where a head looked is computed anew, which takes the model: open it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, head %2: where tokens %3 to %4 looked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · on average %1 at the first token and %2 at themselves, evenly %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · a CSV file has tokens %1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::Banner</name>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::BranchRouting</name>
    <message>
        <source>%1 generated tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 prompt tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> of %1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ChartCanvas</name>
    <message>
        <source>Make this dock higher to see the drawing</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ChartFrame</name>
    <message>
        <source>Saved %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SVG pictures (*.svg)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV tables (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the numbers instead of the drawing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export what is shown into a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing as SVG…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing as PNG…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers as CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chart&apos;s numbers as a table</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ChatPanel</name>
    <message>
        <source>Filter tokens by routing and text (Ctrl+Shift+L)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer, or try the small model that comes with Gatescope.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No conversation yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write something below. The model continues it, and every token shows which experts it went through.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start Gatescope again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is a river?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is 12 + 30?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the beginning</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ChatView</name>
    <message>
        <source>Conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Jump to latest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open this address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Showing all…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all (%1)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all of this message, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alternatives of this token	A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show replies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Formatted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the token range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit this reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All versions…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this version and what follows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this message and what follows</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::CoactivationPanel</name>
    <message>
        <source>What the cells show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lift</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>phi</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the tokens that selected the row&apos;s expert, how many selected the column&apos;s too</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much more often together than their loads say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correlation of the two selections, -1 to 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the row&apos;s expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>selected together with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert %1 was selected by %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert %1 with %2: %3 %4 · %5 tokens selected both · %6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 · %2 · chance %3 · outside the 95 % band: %4 of %5 (chance alone: 5 in 100)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Co-activation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type a command, a view, a conversation…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is called so.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up and Down choose, Enter runs, Esc closes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not available now.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ComparePanel</name>
    <message>
        <source>Compare with a recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>choose a run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>versions %1 and %2: the last reply has %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no reply that could be run again now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing would differ: ablate, force or bias an expert in the heatmap first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens alike, %2 replaced, %3 only in A, %4 only in B.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No routing to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routing is being compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Over the %1 alike, %2 % of the experts are the same (by chance %3 %).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routing over all tokens of each, as few are alike.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 cells differ by more than noise (by luck about %3).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean KL %1 bit a token; a full bar is %2 bit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run again with interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run again without interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last reply once more with its seed, %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure KL</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far each next-token distribution of A moves under B&apos;s interventions; both are computed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two replies to the same question, side by side.

Change an expert in the heatmap and run the last reply again, or choose two runs above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>points of router probability: blue more in A, orange more in B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>within the noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>N seeds…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two prompts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue two texts with the same seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare with the conversation of a .gscope file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text A, as the model reads it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run both</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::Comparison</name>
    <message>
        <source>There is nothing to compare yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so their distributions are the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::Composer</name>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt templates, and what the model reads (Ctrl+Shift+P)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How replies are drawn: temperature, top-p, seed… (Ctrl+,)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Editing your message: sending makes a new branch, the old one is kept. Esc cancels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Editing a reply: sending keeps yours beside it and asks nothing. Esc cancels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A base model continues text. %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ContextMeter</name>
    <message>
        <source>Context</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 + %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>~%1 / %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation takes %1 of the %2 tokens that the model&apos;s context holds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This message adds %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This message adds about %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reply has room for all of its %1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens too many: shorten it, go back to an earlier message, or start a new chat. Nothing is left out silently.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reply has room for %1 of its %2 tokens.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastBars</name>
    <message>
        <source>pinned: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastModel</name>
    <message>
        <source>#</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A − B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · thin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablated ×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>forced ×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>force</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias +</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias −</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 expert %2 is selected by %3 of %4 tokens in A and %5 of %6 in B.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The interval leaves 0 out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The interval holds 0: it may be luck.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One side has too few tokens to be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, layer %2 expert %3</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastPanel</name>
    <message>
        <source>Pin this</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep these tokens&apos; load, to hold another range or version against it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines are 95 % intervals of the difference; a filled dot stands out from zero</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, version %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin what is counted now (%1); then pick another range, version or conversation to see what differs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned: %1. Here is no token to hold against it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned: %1 of %2 layers of %3 experts; here are %4 of %5. Pin this one to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 · share of tokens that selected each expert · stand out: %2 of %3 (by luck 5 in 100) · dashed: chance %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stands out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert %1: now %2 of %3 tokens, pinned %4 of %5 · difference %6 (%7 to %8) · %9</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationDelegate</name>
    <message>
        <source>Draft</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationExport</name>
    <message>
        <source>conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was exported: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationListModel</name>
    <message>
        <source>yesterday</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, folder, open, %2 conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, folder, closed, %2 conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 messages</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationPanel</name>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New chat (Ctrl+N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words, and where it is kept: tag:name in:folder is:pinned is:archived is:draft
Or routing: and a filter, like routing: layer=17 &amp; expert=3 &amp; text~&quot;self&quot;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations you have are kept here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing found for “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deleted “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New folder %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move to a new folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name; with / between names it is a folder in a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit tags…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tags of this conversation, with commas between them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New folder in it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the folder, keep what it holds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take out of the archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Behind routing: write a filter, like expert=3 &amp; text~&quot;self&quot;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking: %1 of %2 conversations (Esc ends it)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens in %2 of %3 conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; %1 could not be read: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The %1 conversations it was last said in: another word leaves fewer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::DifferenceMap</name>
    <message>
        <source>Difference of the router probabilities, B less A, layers by experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 expert %2: mean router probability in B less A %3 points, noise ±%4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: more than noise.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>: within the noise.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 points (95 % interval %6 to %7)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, from few tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>alike</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::DomainPanel</name>
    <message>
        <source>What tokens are put together by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prompt and generated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>generated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1, expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, expert %2: selected by %3 of its tokens · %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens, prompts included · first choices tell %3 bits of the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens · first choices tell %3 bits of prompt or generated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · the newest %1 messages drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Messages</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::EmptyState</name>
    <message>
        <source>Suggestion: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::EntropyChart</name>
    <message>
        <source>A click picks the token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Margin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left scale, in bits: how unsure the router is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right scale: how far the first choice is ahead of the second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right scale, routed mass: what the selected experts&apos; probabilities add up to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Range only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let the range of tokens that is picked fill the chart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token has gone through the model yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · token %2: entropy %3 bits (chance %4), margin %5 (0), routed mass %6 (%7)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean over layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · still reading the conversation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertGrid</name>
    <message>
        <source>outside the 95 % band; pale: within</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fewer than %1 observations</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertSearch</name>
    <message>
        <source>A search is running: cancel it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is open: open one first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A reply is being written: stop it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both sets need a prompt: one a line, or load a file.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::FilterBar</name>
    <message>
        <source>Filter tokens by routing and text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fields: layer, expert, first, p(3), gate(3), margin, decisive, entropy, mass, repeat, text, logprob, surprise, token, index, message, role, generated, drafted, routed. Operators: = != &lt; &lt;= &gt; &gt;= ~ &amp; | ! ( ), layer=3..9, expert={1,3}, all: any: none:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filters used before (Up and Down)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous match (Shift+F3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next match (F3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close the filter (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::FindBar</name>
    <message>
        <source>Find in this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous (Ctrl+Shift+G)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next (Ctrl+G)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::FindPanel</name>
    <message>
        <source>Prompts read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set A: one prompt a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set B: one prompt a line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompts from a .txt file, one a line, or a .jsonl file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load set A from a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load set B from a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts by how far they tell the two sets apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load prompts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompts (*.txt *.jsonl);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: expected a text file of at most 1 MB that can be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 prompts read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which experts are selected for A more often than for B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 experts differ, by luck about %3; difference in points of the tokens that select it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapControls</name>
    <message>
        <source>What the heatmap shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>half-life %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Half-life of the fading mean, in tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which tokens count, in every view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>generated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>prompt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin baseline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin baseline: keep what is counted now as the one that later ranges, versions and conversations are compared with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>linear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>power %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Power of the colour scale: below 1 spreads small values</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapLegend</name>
    <message>
        <source>first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>earlier</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>routed around</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>forced</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>swapped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>biased</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scaled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top-k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Heatmap legend</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>chance %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · 95 % of cells within %2 to %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour: %1, %2 map, from %3 to %4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, drawn at the power of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; by </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; hatched: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>; changed: </source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapPanel</name>
    <message>
        <source>Ablate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take this expert&apos;s output away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Force</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select this expert for every token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave this expert to the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model yet.
Open one, or try the demo: every token it reads or writes shows here which experts it went through.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No baseline yet.
Select a range of tokens, or none for all of them, and pin it; then select what to compare with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The baseline is of a model with other layers or experts.
Pin one of this model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token of this kind in the range.
Select another range, or count all tokens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This token has not gone through the model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing routed yet.
Send a message: each token lights up its experts, layer by layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 of %2 · “%3”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · other interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fewer than %1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>minus </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a cell, or walk with arrows</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapWidget</name>
    <message>
        <source>expert %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routing heatmap</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One row a layer, one column an expert. Arrow keys walk the cells, Enter opens what can be done with an expert, comma and full stop go to the token before and behind, M goes through the modes. Shift with arrows, or Control and a click, takes several cells.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::HistogramView</name>
    <message>
        <source>Histogram: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Histogram: nothing chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 values from %2 to %3, mean %4, deviation %5, %6 zeros</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::InterventionBar</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interventions in force</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give every expert back to the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far interventions reach</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In force for whatever is written and computed from now on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In force for the words of the next reply, not for what you write; then taken away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only for tokens that match</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only for tokens like text=&quot;the&quot;</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A filter over what is known before a token is computed: text, token (its id) and index (its position), as in text=&quot;the&quot; | index=10..19. Empty: all tokens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 ×</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1. Press to take it away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 intervention · clear all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 interventions · clear all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output of %1 is taken away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is never selected, the next best takes its place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>force %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is always selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 is added to the router logit of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gate of %1 is multiplied by %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>swap %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In layer %1, experts %2 and %3 are computed with each other&apos;s weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts selected in each layer: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts selected in layer %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experts selected in layers %1 to %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gates are divided by their sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>routes of %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens go to the experts that were selected at their place in a run before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In force for the tokens that match %1, and for no others</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::KeyBindings</name>
    <message>
        <source>%1 cannot be read: the default keys are in force. Setting a key writes it anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: there is no command “%2”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: “%2” for “%3” is no key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2: %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: “%2” and “%3” both want %4; “%2” goes without.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 alone is what text fields and views take: add Ctrl or Alt, or use a function key.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::LoadBanner</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes loaded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>opening…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 min left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 s left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you can write already</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::LoadChart</name>
    <message>
        <source>Point at a bar for its numbers; orange bars lie outside the band of chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2 · chance %3, 95 % band %4 to %5 · outside it: %6 of %7</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert %1: %2 of %3 selections, %4 · by chance %5 (%6 to %7) · %8</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::MainWindow</name>
    <message>
        <source>Workspace %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Present</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no demo model in this installation: open a model of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gatescope ended last time while it was loading %1, so it was not loaded again. Open it yourself to try once more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>put into the message: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Docks behind each other</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waterfall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inside a token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exported %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording — Gatescope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 — Gatescope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gatescope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save this conversation as a recording</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>saved %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>importing %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations (*.json *.jsonl *.zip *.chat *.gscope)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 conversation imported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 conversations imported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, %2 already there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::MessageActions</name>
    <message>
        <source>Older version (Alt+Left)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Newer version (Alt+Right)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Regenerate reply (Ctrl+R)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue reply (Ctrl+Shift+R)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit and send again, as a new branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit this reply, as a new branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ModelPanel</name>
    <message>
        <source>Fingerprint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What recordings know the weights by: names, shapes, types, norms and routers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading norms and routers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory plan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by name, shape or type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter the tensors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read the routers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer of the router</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Length of each expert&apos;s row, and cosines between experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the routers…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A router&apos;s row is the direction that its expert answers to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the list of tensors…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MEASURED: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fingerprint %1: of all names, shapes, types and sizes, and the contents of norms and routers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 · %2 · %3 parameters, %4 · %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a tensor to see how its values are spread.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading %1…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model&apos;s plan is made before a weight is read: it stands in the dialog that opens a model, and here once it is open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DERIVED: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MEASURED. Length of each expert&apos;s row, and its cosine with each expert&apos;s. By chance a cosine is 0, within ±%1 in 95 of 100 pairs; what lies outside is bold.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ModelSummaryView</name>
    <message>
        <source>%1 on %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the model is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This cannot be opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fits this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does not fit this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DERIVED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing or odd</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::OpenModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The directory of an xAI checkpoint (it holds ckpt-0 and tokenizer.model), a Hugging Face directory of Grok-1 (config.json and .safetensors), a GGUF file of Grok-1 or the directory that holds its parts, or synthetic:NAME for random weights in the shapes of a known model: grok-1, grok-1-tiny, bench-1b, bench-tiny.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>/path/to/checkpoint or synthetic:grok-1-tiny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the folder of a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;ile…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the file of a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Computed by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computed by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this computer&apos;s processor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder of a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File of a model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models (*.gguf *.safetensors);;All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the model is and whether it fits shows here before it loads.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::PaletteModel</name>
    <message>
        <source>Used last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not available now: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::PlanTable</name>
    <message>
        <source>weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KV cache of %1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>branches put aside, at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the work itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>needed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>free before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What an inspection puts aside is part of the branches. A comparison under other interventions takes a second KV cache, as long as what is compared, and is refused where that is not free.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What lies where in memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::PresetRow</name>
    <message>
        <source>Preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep these settings as a preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it under this name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Custom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” comes with Gatescope: take another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A preset is a file of its name: 1 to 60 characters without a slash, no blank or dot at an end.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::PromptPreview</name>
    <message>
        <source>Token by token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The prompt as the model reads it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>template</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>system text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>yours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a model to see the tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 message before these is not shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 messages before these are not shown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ProvenanceBadge</name>
    <message>
        <source>REPLAY</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read from a recording, not computed now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From random weights: it means nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MEASURED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Taken from the model&apos;s own routers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ReadingChoice</name>
    <message>
        <source>Show replies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show replies as they are read, with their marks as the model wrote them, or token by token with ids</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::RemovalToast</name>
    <message>
        <source>Deleted this version and what followed it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo deleting the version</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ReplayBar</name>
    <message>
        <source>First token (Home)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token before (,)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next token (.)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Follow the newest token (End)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speed of replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long each token took is not recorded, so the speed is in tokens per second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1× · %2 tok/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ReplyNotice</name>
    <message>
        <source>It took %1 s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The reply is done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ReplySettings</name>
    <message>
        <source>Reply settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How replies are written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; higher is more varied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draws from the smallest set of tokens with this much probability; 1: all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Top-k tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draws from this many likeliest tokens; 0: all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drops tokens less likely than this share of the likeliest; 0: none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Above 1, tokens seen lately become less likely</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same seed draws the same tokens; empty: a new one each time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens a reply may have</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draft what the text said before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verifies several drafted tokens in one step where that pays; the reply is the same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speculation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>System text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put in front of the whole conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The template stops at %1, too.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::RunChoices</name>
    <message>
        <source>ablate %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>force %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply %1 of %2 · %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt %1: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recording: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversation: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SamplingView</name>
    <message>
        <source>What these settings leave of the newest token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2 words can be drawn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At least %1 of %2 words can be drawn; those behind these with %3 at most.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before the repetition penalty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Derived from what was recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>≤ %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>temperature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top-k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top-p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>min-p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What they leave of the newest token, “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grey: the model&apos;s probability; colour: the chance of being drawn.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SankeyView</name>
    <message>
        <source>layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>orange: more than chance gives, blue: less, grey: within its 95 % band</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · thin bands left out: %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SeedField</name>
    <message>
        <source>Seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>new each time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw a new seed for each reply again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the seed that the last reply was drawn with</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SeedPanel</name>
    <message>
        <source>seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tokens a reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seeds run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>KL a token, A to B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replies with another first token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replies that differ</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tokens that differ</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What differs over the seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Over all seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2 %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run the seeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B: what differs by more than luck</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seeds from %1, temperature %2, up to %3 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 seeds run: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ended by a fault, %1 seeds run: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ended early, %1 seeds run: %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 seeds run: %2. Intervals are over the seeds.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SeedRuns</name>
    <message>
        <source>Choose two runs first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The runs have no prompt in common: choose two versions of the last reply.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so every seed would say the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routes that are held to are those of one reply; another seed has none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At temperature 0 every seed says the same: set another in the reply settings.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reduced motion: nothing glows, slides or blinks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spoken from the next start on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start a&amp;gain now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tell me elsewhere when a long reply is done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Show how the reply begins</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile folder: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the path of the profile folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Profile</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations, layouts, keys and these settings are kept there. Another one is chosen with --profile-dir.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter by name or key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset all keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New keys: press them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the view that has the keys (fixed)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom the waterfall in and out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>W, S</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the waterfall left and right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A, D</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole waterfall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Order of the waterfall&apos;s rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play or pause, in the waterfall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next mode of the heatmap</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>M</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change the cell picked, in the heatmap</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space, Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear interventions, in the heatmap and their bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>X</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous and next token, in every inspector view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comma, period</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Alternatives of the token picked, in the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous and next token, in the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stretch the range of tokens, in the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shift+Left, Shift+Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send, and new line, in the message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enter, Shift+Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By default: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick a command to change its keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take them over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 belongs to “%2”, which would lose it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click the field and press the new keys.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These keys are free.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::StatisticModel</name>
    <message>
        <source>layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looks at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 (%2 to %3)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stands out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>statistic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>less chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>observations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by chance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>verdict</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::StatusLine</name>
    <message>
        <source>The folder of this profile cannot be written to, or its library is not readable. Start Gatescope with another folder (--profile-dir), or save recordings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>context %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, branches %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens of other branches are kept, so that going back to one is immediate: they take %2 of memory, at most %3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 of %2 “%3”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not saved: conversations are in memory only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TemplateEditor</name>
    <message>
        <source>Why is the sky blue?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the model reads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Templates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A copy of this template, to edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Title</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In front of everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Behind the system text, before the first message: examples, say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before a message of yours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line breaks count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Before a reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A reply ends at</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use in this chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comes with Gatescope. Duplicate it to have one that you can change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy of %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TensorTreeModel</name>
    <message>
        <source>Outside the layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parameter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept as</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Place</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TintBar</name>
    <message>
        <source>Colour tokens by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour each token by a quantity of its routing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plain text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gate of picked expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Margin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decisive margin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Router entropy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Surprise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repeated choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers of the tint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picked layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer of the cell that is picked (all while none is), all layers, or a band of them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First layer of the tint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last layer of the tint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The expert&apos;s number above each token</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TintLegend</name>
    <message>
        <source>Legend of the tint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours again from %1 on · by chance %2 % each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by chance %1 % each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by chance %1 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each expert has a colour; its number stands above the token if asked for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colour from 0 to %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TokenFilter</name>
    <message>
        <source>%1 of %2 tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1, still looking</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TokenPanel</name>
    <message>
        <source>Follow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look into each token that is picked; a step of the model each time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The likeliest words, and the one that was taken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the model would say if it ended behind each layer (logit lens)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What each expert and each attention added to a word&apos;s logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much one head looked at each token before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Word whose logit is taken apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured against</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The logit itself, or what is left of it against the average word, or against another word: what decided between the two</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Query head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 “%2”, behind “%3”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token yet. Send a message, then pick one of its tokens.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happened inside a token is computed anew, which takes the model: open it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick a token and look inside: the words the model weighed, what each layer would have said, which expert added what to the word, and where a head looked.
This takes one step of the model, and nothing while you do not ask.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>against nothing: the logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>against the average word</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>against “%1”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%1” was taken: rank %2, p %3 at temperature 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Marked: layers behind which the word taken is the likeliest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 parts add up to %2 (final norm frozen)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1, head %2: weights of %3 tokens, sum 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>id %1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::TransitionPanel</name>
    <message>
        <source>Transitions between experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Flow between experts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a cell or a band for its numbers; a click picks the expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from layer </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to layer </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which transitions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first choices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From first choice to first choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All pairs of selected experts; rows add up to k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All experts, by the product of their probabilities</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Flow</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Expert %1 of layer %2 to expert %3 of layer %4: %5 (%6 tokens) · %7</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What p of layer %1 tells of layer %2: %3 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What first choices of layer %1 tell of layer %2: %3 bits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Transitions</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::VersionListModel</name>
    <message>
        <source>being written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(no text)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1: %2%3</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>version %1 of %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::VersionsDialog</name>
    <message>
        <source>Versions of this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All messages and their versions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Delete with what follows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Del. It can be undone for some seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Show this branch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This conversation has no messages yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 message. The branch shown is drawn thick.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 messages. The branch shown is drawn thick: squares are yours, circles replies.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::VocabularyPanel</name>
    <message>
        <source>Which id tokens are put together by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>input id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicted next id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>true next id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer %1 · %2 · ids that came %3 times or more: %4 of %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · their favourite expert has %1 of their first choices, by luck alone %2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallPanel</name>
    <message>
        <source>Colours of the waterfall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Router probability from 0 to 1, %1 at the power of %2; ▾ what chance gives each expert. A pixel shows the largest it stands for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> 1 · ▾ chance %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by expert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Order of rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Order of rows (R)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole conversation (0)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallView</name>
    <message>
        <source>Waterfall of the conversation: %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing routed yet. Every token becomes a column here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waterfall of the conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One line an expert of a layer, one column a token. Left and Right go to the token before and behind, with Shift they select a range, Escape clears it. Up and Down walk the experts. W and S zoom, A and D move, Home and End go to the first and to the newest token, 0 shows all, R changes the order of rows, Space plays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 “%2” · layer %3 expert %4 · p %5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · choice %1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · not selected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tokens %1 to %2 · layer %3 expert %4 · p %5 to %6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token %1 “%2”</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>gatescope::WindowActions</name>
    <message>
        <source>Needs a model, a reply, and none being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs an open conversation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs an open conversation with routing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No demo model is installed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is being loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was deleted just now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No reply is being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs a conversation, and no reply being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no reply yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no tokens yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs tokens, and no reply being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no intervention to undo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no intervention to redo.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No intervention is in force.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The text is as large as it gets.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The text is as small as it gets.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The text has its normal size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open model…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the &amp;demo model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Cancel loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open &amp;recording…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save recording…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;NumPy arrays (.npz)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tables (.csv)…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;JSON document…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;HTML page…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Markdown…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Web page of the chat…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All &amp;versions in Markdown and chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Import conversations…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;ettings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start Gatescope &amp;again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Find in this conversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find ne&amp;xt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find pre&amp;vious</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Search all conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pin or unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Move to a folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Tags…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Archive or take out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New f&amp;older</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Regenerate reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Continue reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit last message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Older version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Newer version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All &amp;versions…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cop&amp;y last reply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Prompt te&amp;mplates…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reply se&amp;ttings…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Inspect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Previous token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Alternatives of the token…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Follow the newest token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;lay or pause the tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the token &amp;range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Hold the next reply to these routes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Filter tokens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next &amp;match</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous m&amp;atch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo intervention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;do intervention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Clear interventions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Chat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Present</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Docks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the &amp;message field</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the c&amp;onversation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Dismiss the message above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replies as &amp;read, as written, by token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light / dark &amp;theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;High contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Larger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Smaller</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Normal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command &amp;palette…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;About Gatescope</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
