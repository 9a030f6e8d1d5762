"""What the offline responder makes of single sentences."""

import pytest

from agents.llm.offline.facts import facts_in
from agents.llm.offline.grammar import base, gerund, spoken, third, to_third, to_you
from agents.llm.offline.moves import moves_of
from agents.llm.offline.names import named
from agents.llm.offline.phrase import key_phrase
from agents.llm.offline.plans import untimed
from agents.llm.offline.text import clauses, cleaned, is_question, stem


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Sam", "Sam"),
        ("i'm sam", "Sam"),
        ("My name is Mary Ann", "Mary Ann"),
        ("My name is Ludwig van Beethoven", "Ludwig van Beethoven"),
        ("Call me Ishmael.", "Ishmael"),
        ("call me max", "Max"),
        ("My name's José, by the way", "José"),
        ("I'm Noor btw", "Noor"),
        ("Sam here", "Sam"),
        ("My name is Sam, not Max", "Sam"),
        ("It's O'Neil", "O'Neil"),
        ("My name is 小明", "小明"),
        ("you can call me Jo", "Jo"),
        ("I go by Kit", "Kit"),
        ("I'm sad", ""),
        ("I'm Tired", ""),
        ("I'm German", ""),
        ("I'm cooking", ""),
        ("I'm here", ""),
        ("call me later", ""),
        ("Call me old-fashioned", ""),
        ("call me crazy", ""),
        ("my name is hard to spell", ""),
        ("I'm so bored", ""),
        ("It's raining", ""),
        ("I am not amused", ""),
        ("I'm a nurse", ""),
        ("I'm from Oslo", ""),
        ("It's Monday", ""),
        ("I'm outside", ""),
        ("I'm FURIOUS", ""),
        ("this is great", ""),
        ("My name", ""),
    ],
)
def test_names(text: str, name: str):
    assert named(text) == name


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("Sam", "Sam"),
        ("sam", "Sam"),
        ("It's Zora", "Zora"),
        ("Why?", ""),
        ("Great", ""),
        ("Interesting", ""),
        ("no", ""),
        ("I'd rather not say", ""),
    ],
)
def test_a_bare_answer_is_a_name_only_when_one_was_asked_for(answer: str, name: str):
    assert named(answer, asked=True) == name
    if answer == "Sam":
        assert named(answer) == ""


@pytest.mark.parametrize(
    ("clause", "content"),
    [
        ("I like rain", "{S} likes rain."),
        ("I really love old maps", "{S} really loves old maps."),
        ("I don't like coffee", "{S} doesn’t like coffee."),
        ("I can't stand jazz", "{S} can’t stand jazz."),
        ("I'm afraid of spiders", "{S} is afraid of spiders."),
        ("my favourite tea is rooibos", "{S}’s favourite tea is rooibos."),
        ("rooibos is my favourite tea", "{S}’s favourite tea is rooibos."),
        ("I work as a nurse", "{S} works as a nurse."),
        ("I'm a nurse", "{S} is a nurse."),
        ("I live in Oslo and work as a nurse", "{S} lives in Oslo and works as a nurse."),
        ("I'm from Trieste", "{S} is from Trieste."),
        ("I have a dog named Biscuit", "{S} has a dog named Biscuit."),
        ("I've got two cats", "{S} has got two cats."),
        ("My sister lives in Oslo", "{S}’s sister lives in Oslo."),
        ("I'm 34", "{S} is 34 years old."),
        ("I play the cello", "{S} plays the cello."),
        ("I study physics", "{S} studies physics."),
        ("I used to sail", "{S} used to sail."),
        ("I found a box of old letters", "{S} found a box of old letters."),
        ("I love my dog", "{S} loves their dog."),
        ("I'm vegetarian", "{S} is vegetarian."),
        ("I teach", ""),
        ("I'm learning Norwegian", "{S} is learning Norwegian."),
        ("My cat died", "{S}’s cat died."),
        ("I like my neighbours because they are quiet", "{S} said: “I like my neighbours because they are quiet”"),
        ("I would love to learn the cello", "{S} would love to learn the cello."),
        ("I think so", ""),
        ("I know", ""),
        ("I agree", ""),
        ("I see", ""),
        ("my god", ""),
        ("I have no idea", ""),
        ("I like it", ""),
        ("I want to know more", ""),
        ("I'm fine", ""),
        ("I'm happy to help", ""),
        ("I'm afraid I can't", ""),
        ("the ferry was late", ""),
        ("you are late", ""),
        ("I'm going to bed", ""),
        ("I have to go", ""),
        ("I'll be back", ""),
        ("I'm going to say no", ""),
    ],
)
def test_facts(clause: str, content: str):
    assert next((fact.content for fact in facts_in(clause)), "") == content


@pytest.mark.parametrize(
    ("clause", "doing"),
    [
        ("I'm going to paint the shed", "painting the shed"),
        ("Tomorrow I'm going to visit my mother", "visiting your mother"),
        ("I'll run a marathon next year", "running a marathon next year"),
        ("I'm seeing the doctor on Friday", "seeing the doctor on Friday"),
        ("I have an exam tomorrow", "the exam"),
        ("I need to write a letter", "writing a letter"),
        ("I plan to make jam", "making jam"),
        ("I'm going to Oslo next week", "going to Oslo next week"),
        ("next week I start a new job", "starting a new job"),
        ("my driving test is on Monday", "the driving test"),
    ],
)
def test_plans(clause: str, doing: str):
    (fact,) = facts_in(clause)
    assert fact.kind in {"plan", "appointment"}
    assert fact.doing == doing


@pytest.mark.parametrize(
    ("clause", "family"),
    [
        ("I'm sad", "sad"),
        ("I feel so down today", "sad"),
        ("I'm not happy", "sad"),
        ("so tired", "tired"),
        ("I can't sleep", "tired"),
        ("I'm furious about the rent", "angry"),
        ("I'm nervous", "afraid"),
        ("I feel lonely", "lonely"),
        ("I've been feeling ill", "sick"),
        ("I'm bored", "bored"),
        ("I'm so happy", "happy"),
        ("I'm excited about the trip", "happy"),
        ("I'm fine, thanks", "calm"),
        ("great news", "good_news"),
        ("I got the job", "good_news"),
        ("I lost my job", "bad_news"),
        ("my father died", "grief"),
        ("I'm sad because my cat died", "grief"),
        ("I'm sad today since my dog passed away", "grief"),
        ("everything feels so heavy", "sad"),
        ("I had a terrible day", "sad"),
    ],
)
def test_feelings(clause: str, family: str):
    assert [fact.kind for fact in facts_in(clause)] == [family]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Hello", ["greet"]),
        ("hi sam here", ["greet", "name"]),
        ("Hi! I'm Sam. Who are you?", ["greet", "name", "ask_about_you"]),
        ("Good evening Ottilie, how are you?", ["greet", "ask_how"]),
        ("Hello Ottilie", ["greet"]),
        ("What's my name?", ["ask_name"]),
        ("do you remember my name", ["ask_name"]),
        ("What do you know about me?", ["ask_all"]),
        ("Do you remember me?", ["ask_all"]),
        ("Where does my sister live?", ["recall"]),
        ("What are you doing?", ["ask_doing"]),
        ("What are your goals?", ["ask_goals"]),
        ("Are you a robot?", ["ask_machine"]),
        ("thank you, good night", ["thanks", "bye"]),
        ("You're useless", ["insult"]),
        ("you are so kind", ["compliment"]),
        ("I love you", ["love"]),
        ("sorry", ["sorry"]),
        ("write me a poem", ["cannot"]),
        ("What is the capital of France?", ["cannot_world"]),
        ("2 + 2", ["cannot_world"]),
        ("tell me a joke", ["ask_joke"]),
        ("forget my name", ["forget_name"]),
        ("forget that I have a dog", ["forget"]),
        ("forget it", ["never_mind"]),
        ("forget everything about me", ["forget_all"]),
        ("Can you forget what I said about the box?", ["forget"]),
        ("remember that I left the key under the pot", ["remember"]),
        ("don't answer", ["silence"]),
        ("wait", ["silence"]),
        ("I'm back", ["back"]),
        ("", ["dots"]),
        ("???", ["dots"]),
        ("🙂", ["emoji"]),
        ("Ich heiße Sam und ich bin müde", ["foreign"]),
        ("Привет, как дела?", ["foreign"]),
        ("42", ["numbers"]),
        ("why?", ["why"]),
        ("haha", ["laugh"]),
        ("yes", ["yes"]),
        ("not really", ["no"]),
        ("should I keep it?", ["advice"]),
        ("Do you like cats?", ["opinion"]),
        ("help me with the roof", ["help"]),
        ("bye!", ["bye"]),
        ("I have to go now", ["bye"]),
        ("I love rain and I hate coffee", ["like", "dislike"]),
        ("Do you ever get lonely?", ["ask_feel"]),
        ("I waited for the bus", ["statement"]),
        ("I'm sad, can you just listen?", ["sad", "silence"]),
        ("can you remember things?", ["ask_can"]),
        ("how do I get a wine stain out?", ["cannot_world"]),
        ("My friend Tom and I are going to Italy in June.", ["plan"]),
        ("That is great news", ["wow"]),
        ("whats my name", ["ask_name"]),
        ("you didn't answer my question", ["objection"]),
        ("do you sing?", ["ask_habit"]),
        ("are you happy?", ["ask_how"]),
        ("my boss is an idiot", ["angry"]),
        ("what should I do?", ["advice"]),
        ("Where do I live?", ["recall"]),
    ],
)
def test_moves(text: str, kinds: list[str]):
    assert [move.kind for move in moves_of(cleaned(text), "Ottilie")] == kinds


@pytest.mark.parametrize(
    ("before", "text", "content"),
    [
        ("My grandmother made the dress.", "She died last year.", "{S}’s grandmother died last year."),
        ("I have a brother.", "He lives in Rome", "{S}’s brother lives in Rome."),
        (
            "My daughter Mia sings",
            "I have to drive her every Tuesday",
            "{S} has to drive their daughter Mia every Tuesday.",
        ),
        ("My dog is old", "It's called Rex", "{S}’s dog is called Rex."),
        ("My brother is here", "She lives in Rome", ""),
        ("my mum is 72 and my dad is a teacher", "she's forgetful", "{S}’s mum is forgetful."),
        ("", "She lives in Rome", ""),
    ],
)
def test_pronouns(before: str, text: str, content: str):
    (move,) = moves_of(text, "Ottilie", before=before)
    assert (move.fact.content if move.fact else "") == content


@pytest.mark.parametrize(
    ("clause", "phrase"),
    [
        ("I found a box of old letters in the attic", "the box of old letters"),
        ("the handwriting changes halfway down the page", "the handwriting"),
        ("My harbour clock stops", "your harbour clock"),
        ("I was thinking of Middlemarch", "Middlemarch"),
        ("So it goes", ""),
        ("The whole thing is a mess", "the mess"),
        ("my grandmother's attic", "your grandmother’s attic"),
    ],
)
def test_what_a_clause_is_about(clause: str, phrase: str):
    assert key_phrase(clause) == phrase


@pytest.mark.parametrize(
    ("you", "she"),
    [
        ("live", "lives"),
        ("study", "studies"),
        ("go", "goes"),
        ("watch", "watches"),
        ("have", "has"),
        ("do", "does"),
        ("play", "plays"),
        ("love", "loves"),
        ("miss", "misses"),
        ("found", "found"),
        ("can", "can"),
        ("worked", "worked"),
        ("need", "needs"),
    ],
)
def test_verbs_go_there_and_back(you: str, she: str):
    assert third(you) == she
    assert base(she) == you


def test_a_memory_is_said_back_to_its_owner():
    names = ("Sam", "The visitor")

    assert spoken("Sam’s sister lives in Oslo.", names) == "your sister lives in Oslo"
    assert spoken("Sam lives in Oslo and works as a nurse.", names) == "you live in Oslo and work as a nurse"
    assert spoken("Sam loves their dog.", names) == "you love your dog"
    assert spoken("The visitor’s name is Sam.", names) == "your name is Sam"
    assert spoken("Sam said: “I like them.”", names) == "you said: “I like them.”"
    assert spoken("They never eat meat.", names) == "you never eat meat"
    assert spoken("Sam’s parents are old and they live in Rome.", names) == "your parents are old and they live in Rome"


def test_turning_round():
    assert to_third("I love my dog") == "{S} loves their dog."
    assert to_you("I love my dog") == "you love your dog"
    assert to_you("I was late and I am sorry") == "you were late and you’re sorry"
    assert gerund("run home") == "running home"
    assert gerund("see it") == "seeing it"
    assert untimed("painting the shed tomorrow") == "painting the shed"
    assert stem("lives") == stem("live") == stem("living")


def test_clauses_keep_questions_apart_from_tellings():
    assert clauses("I'm Sam, who are you?") == (("I'm Sam", False), ("who are you?", True))
    assert clauses("I like tea and I hate coffee?") == (("I like tea", True), ("I hate coffee?", True))
    assert is_question("is my sister nice")
    assert not is_question("what a nice day")


def test_odd_characters_are_cleaned():
    assert cleaned("a\x00b\ud800 “c”\u202e") == 'a b? "c"'
    assert len(cleaned("word " * 10_000)) <= 2_000


@pytest.mark.parametrize(
    ("clause", "content"),
    [
        ("My daughter Ella starts school on Monday", "{S}’s daughter Ella starts school on Monday."),
        ("My daughter, Ella, starts school on Monday", "{S}’s daughter Ella starts school on Monday."),
        ("my daughter ella starts school on monday", "{S}’s daughter Ella starts school on Monday."),
        ("Our daughter starts school soon", "{S}’s daughter starts school soon."),
        ("My daughter's starting school", "{S}’s daughter is starting school."),
        ("My cat Miso knocked over the lamp", "{S}’s cat Miso knocked over the lamp."),
        ("My best friend Tom moved away last week", "{S}’s best friend Tom moved away last week."),
        ("My mum and dad live in Leeds", "{S}’s mum and dad live in Leeds."),
        ("my car makes a strange noise", "{S}’s car makes a strange noise."),
        ("My old shed needs paint", "{S}’s old shed needs paint."),
        ("my husband snores", "{S}’s husband snores."),
        ("My kids hate broccoli", "{S}’s kids hate broccoli."),
        ("My neighbour's dog barks all night", "{S}’s neighbour’s dog barks all night."),
        ("My computer crashed", "{S}’s computer crashed."),
        ("My opinion changed", ""),
        ("my brother thinks so", ""),
        ("My wife and I went to Rome", ""),
    ],
)
def test_what_somebody_or_something_of_theirs_does_is_a_fact_whatever_the_verb(clause: str, content: str):
    assert next((fact.content for fact in facts_in(clause)), "") == content


def test_a_name_beside_a_relation_is_whom_one_speaks_of():
    (fact,) = facts_in("My daughter Ella starts school on Monday")
    assert (fact.kind, fact.who, fact.x, fact.dated) == ("kin", "Ella", "your daughter Ella", True)


def test_the_illness_of_somebody_is_no_death():
    assert facts_in("My mother is in hospital")[0].kind == "bad_news"


@pytest.mark.parametrize(
    ("clause", "family", "content"),
    [
        ("I feel a bit lost about it, to be honest", "sad", "{S} felt lost."),
        ("I'm kind of overwhelmed lately", "afraid", "{S} felt overwhelmed."),
        ("lately i've been feeling really stuck", "sad", "{S} felt stuck."),
        ("To be honest I am rather nervous about her", "afraid", "{S} felt nervous."),
        ("I'm a little uneasy about it all", "afraid", "{S} felt uneasy."),
        ("I guess I'm just lonely", "lonely", "{S} felt lonely."),
        ("I've been so anxious these days", "afraid", "{S} felt anxious."),
        ("I'm really proud of her", "happy", "{S} felt proud."),
        ("I'm jealous of my sister", "angry", "{S} felt jealous of their sister."),
        ("i feel empty inside", "sad", "{S} felt empty."),
        ("I feel guilty", "sad", "{S} felt guilty."),
        ("my head hurts", "sick", "{S}’s head hurts."),
        ("I feel like I'm failing", "sad", "{S} said: “I feel like I’m failing”"),
    ],
)
def test_hedges_do_not_hide_a_feeling(clause: str, family: str, content: str):
    (fact,) = facts_in(clause)
    assert (fact.kind, fact.content) == (family, content)


@pytest.mark.parametrize(
    "clause", ["I'm off to work", "I'm free tomorrow", "I'm well aware of it", "I feel like pizza"]
)
def test_what_only_begins_like_a_feeling_is_none(clause: str):
    assert not facts_in(clause)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Can you write me a Python script to sort a list?", "cannot"),
        ("write me a poem about cats", "cannot"),
        ("Can you translate this into French?", "cannot"),
        ("summarise this text for me", "cannot"),
        ("please calculate 12 percent of 80", "cannot"),
        ("can you draw a cat?", "cannot"),
        ("Could you explain how photosynthesis works?", "cannot"),
        ("I need a recipe for pancakes", "cannot"),
        ("tell me the capital of France", "cannot_world"),
        ("What is the capital of France?", "cannot_world"),
        ("what's 17*23?", "cannot_world"),
        ("What's the weather like today?", "cannot_world"),
        ("Any news today?", "cannot_world"),
        ("Do you know who won the world cup?", "cannot_world"),
        ("can you sing?", "ask_habit"),
        ("Do you write letters?", "ask_habit"),
        ("can you tell me a joke?", "ask_joke"),
        ("make me laugh", "ask_joke"),
        ("Tell me a story", "ask_story"),
        ("tell me what you know about me", "ask_all"),
        ("call me Sam", "name"),
        ("Code is poetry", "statement"),
        ("The weather is awful today", "statement"),
    ],
)
def test_work_for_a_language_model_is_told_from_questions_about_oneself(text: str, kind: str):
    assert moves_of(cleaned(text), "Ottilie")[0].kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("My friend Zoe lied to me.", "angry"),
        ("I was diagnosed with diabetes last year", "bad_news"),
        ("We won the match 3-1!", "good_news"),
        ("guess what", "good_news"),
        ("I miss her so much", "sad"),
        ("can we talk about something else", "never_mind"),
        ("I don't want to talk about it", "never_mind"),
        ("I was born in 1985", "fact"),
        ("i haven't bought anything", "statement"),
        ("I haven't", "no"),
        ("I told you already", "objection"),
        ("What did you say your name was?", "ask_about_you"),
        ("what did i just say?", "ask_last"),
        ("I played tennis with my friend Ben yesterday", "event"),
    ],
)
def test_everyday_lines_are_read_for_what_they_are(text: str, kind: str):
    assert moves_of(cleaned(text), "Ottilie")[0].kind == kind
