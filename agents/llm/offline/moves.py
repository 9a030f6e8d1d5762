"""What a message does: its clauses as moves. Recognition only; answers are elsewhere."""

import re
import unicodedata
from dataclasses import replace

from agents.llm.offline.antecedent import dangles, mentioned, resolved
from agents.llm.offline.facts import facts_in, remembered_fact
from agents.llm.offline.lexicon import LEXICON
from agents.llm.offline.names import denies_name, named
from agents.llm.offline.phrase import echo, key_phrase
from agents.llm.offline.shape import Fact, Move
from agents.llm.offline.text import WORD, bare, clauses, is_question, unfilled

_ME = r"(?:me|my|mine|i|i'm|i've|myself)"
# (kind, pattern), the first that matches wins. A group x is what it is about.
_BEFORE_FACTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        ("speak", r"^(?:you (?:can|may) (?:talk|speak|answer|reply)(?: (?:now|again))?|(?:talk|speak|answer)(?: to)? me(?: again)?(?: now)?|say something|(?:ok(?:ay)? )?i'm (?:listening|ready))$"),
        ("crisis", r"\b(?:(?:want|going|like|wish) to die|wish i (?:was|were) dead|kill(?:ing)? myself|suicid\w*|end (?:my life|it all)|(?:hurt|harm|cut)(?:ting|ing)? myself|don't want to (?:live|be alive|be here any ?more)|no reason to live|better off (?:dead|without me))\b"),
        ("silence", r"(?:^|\b)(?:(?:please )?(?:don't|do not|no need to|you don't (?:have|need) to|you needn't|needn't) (?:answer|reply|respond|say anything|speak|talk)\b|be (?:quiet|silent|still)\b|(?:just|only) listen\b|(?:stay|keep) (?:quiet|silent)\b|say nothing\b|stop talking\b"
         r"|^(?:sh+|hush|silence)$|^shut up\b|^(?:hold on|hang on|wait|one (?:moment|second|sec|minute)|(?:just )?a (?:moment|second|sec|minute)|give me (?:a|one) (?:moment|second|sec|minute)|brb|be right back|i'll be right back|bear with me|not now)\b(?! (?:for|until the|to the|a minute, (?:what|why|how))))"),
        ("forget_all", r"^(?:forget|erase|delete|wipe|clear) (?:everything|all(?: of it)?|all (?:that |the things )?you know|what you know|all your memories|me|about me|every memory)(?: you(?:'ve| have)? (?:know|learned|remember|learnt|heard))?(?: (?:about|of|i(?:'ve| have)? (?:told|said|tell)) ?.*)?$"),
        ("forget_name", r"^(?:(?:can|could|would|will) you )?(?:please )?(?:forget|don't remember|do not remember|erase|delete) my name\b"),
        ("never_mind", r"^(?:forget (?:about )?it|never ?mind|nvm|don't worry(?: about it)?|doesn't matter|it doesn't matter|no worries)$"),
        ("forget_last", r"^(?:forget|erase|delete|scratch|strike|unlearn) (?:that|this|what i (?:just )?(?:said|told you|wrote)|the last (?:thing|one|part)|my last message)(?: (?:one|again|memory|please))?$"),
        ("forget", r"^(?:(?:can|could|would|will) you )?(?:please )?(?:forget|don't remember|do not remember|stop remembering|erase|delete|unlearn|get rid of) (?:that |about |what (?:i|you) (?:said|told you|wrote|mentioned|know|knew|remember|learned) (?:about |of )?|what i(?:'ve| have) (?:said|told you) about |(?:the|your) memor(?:y|ies) (?:of|about) |everything (?:i (?:said|told you) )?about |the (?:thing|part|bit) about )*(?P<x>.+)"),
        ("remember", r"^(?:(?:can|could|would|will) you )?(?:please )?(?:remember|don't forget|do not forget|keep in mind|note|write (?:this|it) down|make a note|bear in mind)(?: (?:this|that|for me))*[:,]?\s+(?!me\b|when\b|how\b|what\b|why\b|where\b|who\b|anything\b|to\b|the time\b)(?P<x>.{6,})"),
        ("drop_goal", r"^(?:(?:can|could) you )?(?:please )?(?:drop|abandon|give up(?: on)?|stop|cancel|remove|delete) (?:the |your |that )?goals?\b(?: (?:of|to|about|with))?\s*(?P<x>.*)|^i(?:'m| am) not (?:going to|gonna) (?P<x2>.+?)(?: after all| any ?more)$|^i(?:'ve| have)? (?:cancelled|canceled|called off|gave up on|given up on|decided against) (?P<x3>.+)|^(?P<x4>.+?) (?:is|was|has been|got) (?:cancelled|canceled|called off|off now)$|^never ?mind (?:about )?(?P<x5>.{4,})"),
        ("insult", r"\b(?:you(?:'re| are)|ur|u r) (?:(?:so|such|really|a|an|very|pretty|kind of|just|absolutely|completely|the|quite|too) )*(?:stupid|dumb|useless|worthless|idiot\w*|boring|annoying|pathetic|terrible|awful|rubbish|trash|garbage|ugly|a joke|moron\w*|fool\w*|liar|slow|broken|bad at|worst|lame|dull|repetitive|wrong about everything)\b|^(?:you )?(?:idiot|moron|stupid|useless thing|rubbish|you suck|you're no help|screw you|fuck (?:you|off)|piss off|go to hell|i hate you|drop dead)\b|^i (?:really )?(?:hate|don't like|dislike|can't stand) (?:you|talking to you)\b"),
        ("love", r"^i (?:really |think i |do )*(?:love|adore) you\b|^(?:will you )?marry me\b|^i(?:'m| am) in love with you\b"),
        ("compliment", r"\b(?:you(?:'re| are)|ur) (?:(?:so|such|really|a|an|very|pretty|the|quite|too|just) )*(?:kind|sweet|nice|lovely|wonderful|great|clever|smart|brilliant|funny|amazing|wise|charming|good|best|helpful|beautiful|cute|interesting|adorable|awesome|cool|patient|thoughtful|fun|great company|good company|good listener|right)\b|^i (?:really )?(?:like|enjoy) (?:you|talking (?:to|with) you|your (?:company|voice|style|way|stories|work))\b"
         r"|^(?:well done|good (?:job|work|answer|point|one|girl|boy|robot)|nice (?:one|work)|clever|great (?:job|answer|work)|well said|beautifully (?:said|put)|you (?:always |really )?say (?:such |the |very )?(?:nice|kind|lovely|beautiful|sweet|wise)\w* things|that (?:was|is|'s) (?:very |so |really |quite )?(?:kind|sweet|nice|helpful|beautiful|lovely|brilliant|clever|wise|funny|good advice))\b"),
        ("sorry", r"^(?:i(?:'m| am) )?(?:so |very |really |terribly )*sorry\b(?!.*\b(?:for your|to hear|what|\?))|^(?:my )?apologies\b|^my bad\b|^forgive me\b|^i apologi[sz]e\b|^pardon me$"),
        ("thanks", r"^(?:many |so many )?(?:thanks|thank you|thankyou|thx|ty|cheers|much obliged|i appreciate (?:it|that|you)|that helps?(?:ed)?|that(?:'s| is) helpful)\b"),
        ("back", r"^(?:i(?:'m| am) )?(?:back(?: (?:again|now))?|here again|home again)$|^here i am(?: again)?$"),
        ("bye", r"^(?:good ?bye|bye+(?: bye)?|see (?:you|ya)(?: (?:later|soon|tomorrow|around|then))?|good ?night|night night|farewell|take care|talk (?:to you )?(?:later|soon|tomorrow)|until (?:tomorrow|next time|then)|cya|ttyl|so long|i(?:'ll| will) (?:be off|let you (?:go|rest))|sleep well|sweet dreams|catch you later)\b|^i(?:'m| am)? ?(?:(?:have|got|need|'ve got|must|should|ought)(?: to)?|going to|off to|gonna|heading)? ?(?:go(?: (?:now|to bed|to sleep|and sleep))?|leave(?: now)?|run|be going|get going|sleep(?: now)?|bed|go to work|off (?:now|to bed|to sleep|to work)|leaving)(?: now| soon| then)?$"),
        ("greet", r"^(?:hello+|hi+(?: there)?|hey+(?: there)?|hiya|howdy|greetings|good (?:morning|evening|afternoon|day)|morning|evening|yo|ahoy|hallo|salut|hola|servus|welcome back|it's me(?: again)?|what's up|sup|wassup)\b"),
    )
)
_GREETING = dict(_BEFORE_FACTS)["greet"]
_APART = re.compile(r"^(?:thanks|thank you|sorry|good ?night|bye|goodbye|no problem|you're welcome|i'm back|great|wonderful|nice|good|lovely|haha)(?: (?:so|very) much| a lot)?,\s+(?=\S)", re.I)
_QUESTIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.I))
    for kind, pattern in (
        ("ask_name", rf"\bwhat(?:'s| is| was) my (?:first |full |real )?name\b|\b(?:know|remember|recall|forgotten|forget|got) my name\b|\bwho am i\b|\bwhat am i called\b|\bwhat do (?:you|people) call me\b|\bmy name(?: is)?\s*$"),
        ("ask_all", r"\bwhat (?:all )?(?:do|did|can|have) you (?:actually |already |still |really )?(?:know|remember|learned|learnt|recall|tell me|remembered|got|have|noticed)(?: so far)? (?:about|of|on) (?:me|myself)\b|\bdo you (?:still )?(?:remember|know|recall|recogni[sz]e) me\b|\bwhat have i told you(?: so far| about (?:me|myself))?\s*$|\b(?:tell me|list|show me|say) (?:everything |all |what )?(?:that )?(?:you (?:know|remember) )?about me\b|\bwhat do you remember\s*$|\bknow anything about me\b|\bremember anything about me\b"),
        ("ask_about_you", r"\b(?:tell me|say) (?:something |more |a bit |a little |everything )*about (?:yourself|you|your (?:life|self|day|past|story))\b|^who(?:'s| is| are)? (?:you|this|there|speaking|am i talking to|am i speaking (?:to|with))\b|\bwhat(?:'s| is| are) your (?:full |real )?names?\b|\bintroduce yourself\b|\bwhat (?:should|can|do|may) i call you\b|\bwhat do you do(?: (?:here|for a living|all day|exactly))?\s*$|\bwhat(?:'s| is) your (?:job|work|profession|story|role)\b"),
        ("ask_machine", r"\bare you (?:(?:a|an|really|actually|even|just|some kind of|truly|sort of|or) )*(?:ai|a\.i\.|bot|robot|machine|human|real|alive|person|computer|program(?:me)?|chat ?gpt|gpt|language model|llm|conscious|sentient|chatbot|software)\b|\bwhat are you(?: (?:exactly|really|made of))?\s*$|\b(?:which|what) (?:language )?model\b|\bare you real\b"),
        ("ask_how", r"\bhow(?:'s| is| are| have|'re) (?:you|ya|u|things|it|life|everything|your (?:day|evening|night|morning|week|mood))(?: (?:been|doing|going|feeling|today|tonight|now|keeping|holding up|this (?:morning|evening)|really|then|all))*\s*$|\bhow do you (?:feel|do)\b(?! (?:about|it|that|this|with))|\bare you (?:ok|okay|well|alright|all right|good|fine)\s*$|\bhow was your (?:day|night|week|weekend)\b|\bhow(?:'s| is) it going\b|\bwhat(?:'s| is) your mood\b|\bwhat mood\b|\bhow about you\s*$|^(?:and )?(?:you|yourself)\s*$"),
        ("ask_feel", r"\b(?:do|are|were|did|have|don't|aren't) you (?:ever |often |sometimes |really |still |always |never |not |been |feel |get |feeling |a bit |so |very |too )*(?P<x>lonely|sad|happy|tired|bored|afraid|scared|angry|jealous|worried|nervous|in love|homesick|cold|unhappy|alone|frightened|proud|curious|excited|content)\b"),
        ("ask_doing", r"\bwhat (?:are|were) you (?:doing|up to|working on now|busy with|reading|thinking(?: about)?|looking at|making|fixing)\b|\bwhere are you\b|\bwhat(?:'s| is) (?:it like|around you|going on|happening)(?: (?:there|here|where you are|outside|with you))?\s*$|\bwhat (?:do|can) you (?:see|hear)\b|\bwhat(?:'s| is) (?:new|the news)\b|\bdescribe (?:your|where|the) (?:room|place|surroundings|you are)\b|\bwhat(?:'s| is) your (?:place|room|world|home) like\b|\bwhere do you (?:live|work|sit)\b"),
        ("ask_look", r"\bwhat do you look like\b|\bwhat are you wearing\b|\bdescribe yourself\b|\bhow do you look\b|\byour appearance\b"),
        ("ask_goals", r"\bwhat(?:'s| is| are) your (?:current |main )?(?:goals?|plans?|aims?|ambitions?|purpose|tasks?|project)\b|\bwhat (?:are|do) you (?:working on|planning|trying to do|aim|hope to do)\b|\bdo you have (?:any )?(?:goals|plans|a goal|a plan)\b"),
        ("ask_desires", r"\bwhat do you (?:want|wish(?: for)?|desire|long for|dream (?:of|about)|need|hope for|miss)\b|\bwhat would you like\b|\bwhat(?:'s| is| are) your (?:dreams?|wish|wishes|desires?)\b|\bif you could\b"),
        ("ask_can", r"\bwhat can you do\b|\bhow can you help\b|\bwhat are you (?:able to|capable of|good (?:at|for))\b|^help$|\bhow does this work\b|\bhow do you work\b|\bwhat(?:'s| is) this (?:place|site|app)\b"),
        ("ask_story", r"\btell (?:me|us) (?:a|another|one|some|your) (?:\w+ )?(?:story|stories|tale|anecdote|secret)\b|\bdo you (?:know|have) (?:a|any) (?:good )?(?:story|stories)\b|\btell me something(?: (?:interesting|new|funny|nice|else|good|about .*))?$|\bentertain me\b"),
        ("ask_joke", r"\b(?:tell|know|got|have|make) (?:me )?(?:a|another|any|some)(?: good)? jokes?\b|\bmake me laugh\b|\bsay something funny\b"),
        ("help", r"^(?:can|could|will|would) you (?:please )?help me(?: out)?(?: (?:with|to) (?P<x>.+))?|^(?:please )?help me(?: (?:with|to) (?P<x2>.+))?|^i (?:need|want|could use) (?:some |your )?help(?: (?:with|to) (?P<x3>.+))?|^i need (?:some )?advice(?: (?:on|about) (?P<x4>.+))?"),
    )
)
_CANNOT = re.compile(
    r"^(?:(?:can|could|would|will) you (?:please )?|please |i (?:need|want) you to |now |help me )?(?:(?:write|compose|draft|code|program|implement|debug|translate|summari[sz]e|calculate|compute|solve|draw|paint|generate|design|look up|google|search|find out|order|book|buy|send|email|call|play|sing|set (?:a|an)"
    r"|convert|proofread|rewrite|refactor|plot|predict|analy[sz]e|download|open|install|recommend|suggest|list|prove|define|spell|rhyme|count)\b(?! (?:down|that you|me on|me back|of|on me)).*|(?:give|make|tell|show|teach) me (?:a|an|the|some|all|how|five|ten|three|\d+|your best) ?(?:\w+ )*(?:recipe|list|essay|code|poem|"
    r"script|program|summary|plan|example|examples|translation|table|function|news|weather|forecast|facts?|steps|tutorial|ideas|song|haiku|limerick|picture|image|to \w+).*|explain (?!yourself|that|why you).*)$",
    re.I,
)
_WORLD = re.compile(
    r"^(?:who|what|when|where|which|how (?:many|much|old|far|tall|big|long|high|deep|fast|do(?:es)?|did|can|to)|why (?:is|are|do|does|did)|is|are|does|did|do|was|were|can|define)\b(?!.*\b(?:you|your|yours|yourself|i|me|my|mine|we|us|our|it|this|that|these|those|he|she|they|him|her|them)\b)|"
    r"\b(?:capital of|population of|president|prime minister|square root|what time is it|what day is it|the date|weather (?:in|today|tomorrow)|invented|temperature (?:in|of)|formula|distance)\b|^(?:what(?:'s| is) )?\d+(?:[.,]\d+)?\s*(?:[-+*/x×÷^]|plus|minus|times|divided by)\s*\d+",
    re.I,
)
_OPINION = re.compile(
    r"\bwhat do you (?:think|feel|say|make)(?: (?:of|about|to) (?P<x>.+))?|\bwhat(?:'s| is| are) your (?:opinion|view|thoughts?|take)(?: (?:on|about|of) (?P<x2>.+))?|\bhow do you (?:feel about|like) (?P<x6>.+)|^(?:do|don't|would|did) you (?:ever |also |even |really |still )?(?:like|love|enjoy|hate|prefer|mind|believe in|dislike|drink|eat|read|sing|dance|want|miss|dream(?: of| about)?|care about|trust|sleep|play) ?(?P<x3>.*)"
    r"|\bwhat(?:'s| is| are) your (?P<x4>(?:least )?favou?rites? .+)|^(?:is|are) (?P<x5>.+?) (?:worth .+|any good|a good idea|overrated|better|good|bad)\b",
    re.I,
)
_ADVICE = re.compile(r"^(?:so )?(?:what|how|where|when|who|which (?:one|of \w+)) (?:should|shall|can|do|could|would|must) i\b|^(?:should|shall|must|ought|can|could|may|am) i\b(?P<x>.*)|\bwhat would you do\b|\bany advice\b|\bdo you think i (?:should|can|could)\b|\bshould we\b|^how do i\b", re.I)
_MINE = re.compile(rf"\b{_ME}\b", re.I)
_RECALL = re.compile(
    r"\b(?:do|did|can|could) you (?:still |even |ever )?(?:remember|recall|know)\b|\bwhat did i (?:say|tell|mention)\b|\bhave i (?:told|mentioned|said)\b|\bdid i (?:tell|mention|say)\b|\bwhat do you (?:know|remember) (?:about|of)\b|\bremember (?:when|what|that|the|my)\b|\bwhat (?:was|were|is|'s) (?:it )?(?:i|my)\b",
    re.I,
)
_YES = re.compile(r"^(?:yes|yeah|yep|yup|sure|of course|indeed|exactly|absolutely|definitely|right|true|ok|okay|fine|agreed|certainly|i (?:do|am|did|have|will|would|think so|agree|guess so)|that's (?:right|true|it)|very much|please do|go ahead|why not|aye|correct|good idea|both)\b", re.I)
_NO = re.compile(r"^(?:no|nope|nah|not (?:really|yet|at all|quite|today|now)|never|i (?:don't(?! know)|do not(?! know)|didn't|haven't|won't|wouldn't|disagree)|i'm not|hardly|neither|wrong|incorrect|i don't think so)\b", re.I)
_LAUGH = re.compile(r"^(?:(?:ha){2,}h?|(?:he){2,}|lol+|lmao|rofl|hihi|hah|that(?:'s| is) (?:so |very )?(?:funny|hilarious)|very funny)\b", re.I)
_CONFUSED = re.compile(r"^(?:what|huh|pardon|sorry|come again|eh|excuse me|what do you mean|i don't (?:understand|get it|follow)|that makes no sense|i'm (?:confused|lost)|how so|what\?+|how do you mean|explain that|in what way)$", re.I)
_WHY = re.compile(r"^(?:but |and )?(?:why|why not|how come|what for|why(?:'s| is) that|why do you (?:ask|say that|think so|want to know)|says who|how do you know(?: that)?)$", re.I)
_WOW = re.compile(r"^(?:wow|oh|ah|oh my(?: god)?|omg|really|interesting|nice|cool|great|lovely|fascinating|i see|hm+|ok then|fair enough|good|wonderful|beautiful|amazing|that(?:'s| is) (?:\w+ )?(?:interesting|nice|cool|great|lovely|amazing|true|wonderful|beautiful|good|strange|odd|sad))$", re.I)
_TALK_ABOUT = re.compile(r"^(?:(?:can|could|will|would) you )?(?:tell me|talk(?: to me)?|let's talk|speak)(?: (?:a bit|a little|more|something))* (?:about|of) (?P<x>.+)|^(?:and |so )?(?:what|how) about (?P<x2>.+)", re.I)


def moves_of(text: str, entity_name: str, *, asked_name: bool = False, before: str = "") -> tuple[Move, ...]:
    """Return the moves of the cleaned message `text`. `asked_name`: whether it answers a question for a name;
    `before` is the visitor's line before it."""
    odd = _odd(text)
    if odd:
        return (Move(odd, text),)
    whole = [(_unaddressed(clause, entity_name), asks) for clause, asks in clauses(text)]
    parts = [part for clause, asks in whole for part in _greeting_apart(clause, asks)]
    moves: list[Move] = []
    who, thing = mentioned(before), key_phrase(before)
    for index, (clause, asks) in enumerate(parts):
        if bare(clause):
            moves.append(_move(clause, asks, asked_name and index == 0, who, thing))
            who, thing = mentioned(clause) or who, key_phrase(clause) or thing
    return tuple(moves) or (Move("dots", text),)


def _greeting_apart(clause: str, asks: bool) -> list[tuple[str, bool]]:
    """Return `clause` as it is, or a greeting and what follows it without a comma: "hi sam here"."""
    greeting = _GREETING.match(clause) or _APART.match(clause)
    rest = clause[greeting.end() :].strip(" ,") if greeting else ""
    if not rest or (len(rest.split()) < 2 and greeting and greeting.re is _GREETING):
        return [(clause, asks)]
    return [(clause[: len(clause) - len(rest)], False), (rest, asks)]


def _odd(text: str) -> str:
    """Return the kind of a message that is no sentence one could read."""
    words = WORD.findall(text)
    letters = [c for c in text if c.isalpha()]
    if not letters:
        if any(c.isdigit() for c in text):
            return "numbers" if len(words) and len(text) < 40 and not re.search(r"[-+*/x×÷^=]", text) else "cannot_world"
        return "emoji" if any(unicodedata.category(c) == "So" for c in text) else "dots"
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters[:400])
    if latin < 0.5 * len(letters[:400]):
        return "foreign"
    low = [word.casefold() for word in words[:60]]
    foreign = sum(word in LEXICON.foreign and word not in LEXICON.stop for word in low)
    english = sum(word in LEXICON.stop for word in low)
    if foreign >= 2 and foreign > english:
        return "foreign"
    has_vowel = re.search(r"[aeiouyà-ÿ]", text, re.I) is not None
    return "dots" if len(words) <= 2 and not has_vowel and len(text) > 4 else ""


def _unaddressed(clause: str, entity_name: str) -> str:
    """Return `clause` without the entity's name called out at either end."""
    if not entity_name.strip():
        return clause
    name = re.escape(entity_name.strip())
    clause = re.sub(rf"^(?:(hello|hi|hey|dear|good \w+|thanks|thank you|goodbye|bye),?\s+)?{name}\b[,.!:]*\s*(?=\S|$)", lambda m: (m.group(1) or "") + " ", clause, count=1, flags=re.I) if not re.match(rf"{name}\s+(?:is|was|has)\b", clause, re.I) else clause
    return re.sub(rf",\s*{name}\s*([.!?…]*)$", r"\1", clause, flags=re.I).strip() or clause


def _move(clause: str, asks: bool, asked_name: bool, who: str, thing: str) -> Move:
    core = unfilled(clause)
    asks = asks or is_question(core)
    plain = bare(core) if asks else resolved(bare(core), who)
    name = "" if asks else named(clause, asked_name)
    if name:
        return Move("name", clause, x=name)
    if denies_name(plain):
        return Move("not_name", clause)
    for kind, pattern in _BEFORE_FACTS:
        if kind in {"greet", "thanks"} and asks and len(plain.split()) > 4:
            continue
        match = pattern.search(plain) or (pattern.search(bare(clause)) if kind == "silence" else None)
        if match:
            x = _x(match)
            fact = remembered_fact(x) if kind == "remember" else None
            return Move(kind, clause, asks, x, fact)
    return _asking(clause, plain) if asks or _is_request(plain) else _telling(clause, plain, thing)


def _is_request(plain: str) -> bool:
    return bool(_CANNOT.match(plain) or _TALK_ABOUT.match(plain)) or any(
        kind in {"ask_about_you", "ask_story", "ask_joke", "ask_all", "help", "ask_can", "ask_look"} and pattern.search(plain)
        for kind, pattern in _QUESTIONS
    )


def _asking(clause: str, plain: str) -> Move:
    for kind, pattern in _QUESTIONS:
        match = pattern.search(plain)
        if match:
            return Move(kind, clause, True, _x(match))
    if _CONFUSED.match(plain):
        return Move("confused", clause, True)
    if _WHY.match(plain):
        return Move("why", clause, True)
    if _WOW.match(plain):
        return Move("wow", clause)
    if _CANNOT.match(plain):
        return Move("cannot", clause, True, key_phrase(plain))
    about = _TALK_ABOUT.match(plain)
    if about:
        return Move("recall" if _MINE.search(plain.removeprefix("tell me")) else "talk_about", clause, True, echo(_x(about)))
    opinion = _OPINION.search(plain)
    if opinion:
        return Move("opinion", clause, True, echo(_x(opinion), 6))
    if _ADVICE.search(plain):
        return Move("advice", clause, True, key_phrase(plain))
    if _RECALL.search(plain) or (_MINE.search(plain) and re.match(r"(?:what|where|who|when|how|which|whose|do|does|did|is|are|am|was|were|have|has)\b", plain, re.I)):
        return Move("recall", clause, True, key_phrase(plain))
    return Move("cannot_world" if _WORLD.search(plain) else "question", clause, True, key_phrase(plain))


def _telling(clause: str, plain: str, thing: str) -> Move:
    facts = facts_in(plain) or facts_in(bare(clause))
    if facts and dangles(plain):
        facts = (_leaning(facts[0], thing),)
    if facts:
        return Move(facts[0].kind, clause, fact=facts[0], x=facts[0].x)
    for kind, pattern in (("laugh", _LAUGH), ("confused", _CONFUSED), ("why", _WHY), ("wow", _WOW)):
        if pattern.match(plain):
            return Move(kind, clause)
    said = bare(clause)
    if len(said.split()) <= 4:
        if _YES.match(said):
            return Move("yes", clause)
        if _NO.match(said):
            return Move("no", clause)
        if LEXICON.feelings.get(said.casefold()) not in {None, "calm"}:
            family = LEXICON.feelings[said.casefold()]
            return Move(family, clause, fact=Fact(family, f"{{S}} felt {said.casefold()}.", y=said.casefold(), importance=0.4, dated=True))
        if said.casefold() in LEXICON.feelings:
            return Move("calm", clause)
    return Move("statement", clause, x=key_phrase(clause))


def _leaning(fact: Fact, thing: str) -> Fact:
    """Return `fact`, which says "it", with what that is; worth no memory where that is not clear."""
    if thing.startswith("your ") and len(re.findall(r"\bit\b", fact.content)) == 1:
        return replace(fact, content=re.sub(r"\bit\b", f"it (their {thing.removeprefix('your ')})", fact.content))
    return fact if "“" in fact.content or fact.kind in LEXICON.feelings.values() else replace(fact, content="")


def _x(match: re.Match[str]) -> str:
    return bare(next((value for key, value in match.groupdict().items() if key.startswith("x") and value), ""))
