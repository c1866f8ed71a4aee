"""Words of the demo company, a workshop for furniture, in Russian and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What demo leads are made of. Subjects carry the range of their amounts, in tens."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    companies: tuple[str, ...]
    subjects: tuple[tuple[str, int, int], ...]
    wishes: tuple[str, ...]
    comments: tuple[str, ...]
    mail_names: tuple[str, ...]
    mail_hosts: tuple[str, ...]
    phone: str
    form: str
    question: str
    campaign: str


def texts_for(locale: str) -> Texts:
    """The words for a portal in this language."""
    return RUSSIAN if locale.startswith("ru") else ENGLISH


RUSSIAN = Texts(
    first_names=("Анна", "Сергей", "Ольга", "Дмитрий", "Елена", "Павел", "Марина", "Алексей", "Наталья", "Игорь"),
    last_names=("Коваленко", "Шевчук", "Черных", "Гончар", "Седых", "Дурново", "Саакян", "Долгих", "Мазур", "Бойко"),
    companies=(
        "ООО «Северный свет»",
        "Клиника «Доверие»",
        "Кофейня «Зерно»",
        "Гостиница «Волга»",
        "Школа № 12",
        "ИП Саакян",
        "Архитектурное бюро «План»",
        "Сеть пекарен «Тёплый хлеб»",
    ),
    subjects=(
        ("Кухня на заказ", 9_000, 42_000),
        ("Шкаф-купе в прихожую", 4_000, 14_000),
        ("Мебель для переговорной", 12_000, 60_000),
        ("Стойка администратора", 6_000, 18_000),
        ("Стеллажи для магазина", 8_000, 35_000),
        ("Детская мебель", 3_500, 15_000),
        ("Столешница из дуба", 2_000, 9_000),
    ),
    wishes=(
        "Нужен замер на этой неделе, лучше после шести вечера.",
        "Хотим как на фотографии у вас на сайте, но светлее.",
        "Сколько ждать доставку в область?",
        "Бюджет обсуждаем, важен срок: открытие первого числа.",
        "Пришлите, пожалуйста, образцы фасадов.",
    ),
    comments=(
        "Позвонил, договорились о замере в четверг в 11:00.",
        "Отправила эскиз и смету, ждём ответа до пятницы.",
        "Просят скидку за предоплату, согласовала 3 %.",
        "Не берёт трубку второй день, написал в почту.",
        "Размеры уточнили: ниша 2 460 мм, потолок с уклоном.",
        "Привела подруга, делали ей гардеробную в прошлом году.",
        "Решение принимает директор, он в отпуске до понедельника.",
    ),
    mail_names=("anna.k", "info", "sales", "office", "zakaz", "d.gonchar", "marina"),
    mail_hosts=("severny-svet.example", "zerno.example", "mail.example", "plan-buro.example"),
    phone="+7 (495) {}-{}-{}",
    form="Заявка на расчёт",
    question="Что нужно сделать?",
    campaign="vesna",
)

ENGLISH = Texts(
    first_names=("Anna", "Oliver", "Grace", "Daniel", "Chloe", "Marcus", "Priya", "Tom", "Elena", "Hugo"),
    last_names=("Bennett", "Okafor", "Larsen", "Moreau", "Singh", "Walsh", "Novak", "Hughes", "Costa", "Fischer"),
    companies=(
        "Northlight Ltd",
        "Harbour Clinic",
        "Grain & Co Coffee",
        "Riverside Hotel",
        "Oakfield School",
        "Plan Architects",
        "Warm Loaf Bakeries",
        "Fern & Finch",
    ),
    subjects=(
        ("Bespoke kitchen", 300, 1_900),
        ("Fitted wardrobe", 120, 600),
        ("Meeting room furniture", 400, 2_400),
        ("Reception desk", 200, 800),
        ("Shop shelving", 250, 1_500),
        ("Children’s room", 100, 500),
        ("Oak worktop", 60, 300),
    ),
    wishes=(
        "We need someone to measure this week, after six if possible.",
        "Like the one in your photo, but in a lighter wood.",
        "How long is delivery outside the city?",
        "Budget is open, the date is not: we open on the first.",
        "Could you send samples of the fronts, please?",
    ),
    comments=(
        "Called, measuring on Thursday at 11:00.",
        "Sent sketch and quote, answer expected by Friday.",
        "They ask for a discount on prepayment, agreed on 3%.",
        "No answer for two days, wrote an e-mail.",
        "Sizes confirmed: the niche is 2,460 mm, the ceiling slopes.",
        "Came through a friend; we built her dressing room last year.",
        "The director decides and is away until Monday.",
    ),
    mail_names=("anna.b", "hello", "sales", "office", "orders", "d.novak", "grace"),
    mail_hosts=("northlight.example", "grainandco.example", "mail.example", "plan-architects.example"),
    phone="+44 20 7946 {1}{2}",
    form="Request a quote",
    question="What shall we make?",
    campaign="spring",
)
