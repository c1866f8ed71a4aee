"""Words of the demo company, a bakery, in Russian and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What demo leads are made of. Subjects carry the range of their amounts, in tens; each company has a mail host."""

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
    fields: tuple[str, ...]
    own_company: str
    requisite: tuple[str, tuple[str, str]]
    bank: str
    city: str
    address: str
    streets: tuple[str, ...]
    posts: tuple[str, ...]
    steps: tuple[str, ...]
    claims: tuple[str, ...]
    contract: str

    def phone_of(self, number: int) -> str:
        """A telephone number that none of the other 900 has."""
        return self.phone.format(100 + number * 37 % 900, 10 + number * 29 % 90, 10 + number * 53 % 90)

    def email_of(self, number: int, company: str = "") -> str:
        """An address that nobody else has, at the company's host where there is one."""
        host = self.mail_hosts[self.companies.index(company)] if company in self.companies else "mail.example"
        return f"{self.mail_names[number % len(self.mail_names)]}{number}@{host}"


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
        "Магазин «Тёплый хлеб»",
    ),
    subjects=(
        ("Хлеб для кафе", 1_200, 6_000),
        ("Торт на юбилей", 600, 2_500),
        ("Выпечка для завтраков", 2_000, 9_000),
        ("Фуршет в офисе", 1_500, 7_000),
        ("Свадебный торт", 2_500, 8_000),
        ("Корзины к празднику", 1_000, 5_000),
        ("Пироги для столовой", 900, 4_000),
    ),
    wishes=(
        "Нужно каждый день к семи утра, кроме воскресенья.",
        "Хотим как на фотографии у вас на сайте, но без орехов.",
        "Привозите ли вы в область?",
        "Бюджет обсуждаем, важен срок: открытие первого числа.",
        "Пришлите, пожалуйста, образцы на пробу.",
    ),
    comments=(
        "Позвонил, договорились о пробе в четверг в 11:00.",
        "Отправила прайс и график доставки, ждём ответа до пятницы.",
        "Просят скидку за предоплату, согласовала 3 %.",
        "Не берёт трубку второй день, написал в почту.",
        "Уточнили состав: без орехов, половина на цельнозерновой муке.",
        "Пришли по совету кофейни напротив, возим им с весны.",
        "Решение принимает директор, он в отпуске до понедельника.",
    ),
    mail_names=("info", "sales", "office", "zakaz", "hello"),
    mail_hosts=(
        "severny-svet.example",
        "doverie.example",
        "zerno.example",
        "volga-hotel.example",
        "school12.example",
        "saakyan.example",
        "plan-buro.example",
        "teply-hleb.example",
    ),
    phone="+7 (495) {}-{}-{}",
    form="Заказ с сайта",
    question="Что испечь?",
    campaign="vesna",
    fields=("Доставка", "Изделий в неделю", "Утром", "Днём", "Самовывоз"),
    own_company="ООО «Тёплый хлеб»",
    requisite=("ru_org", ("inn", "7707083893")),
    bank="Банк «Пример»",
    city="Москва",
    address="Москва, Хлебный переулок, 3",
    streets=("Лесная ул., 12", "Набережная, 4", "пр. Мира, 81", "Садовая ул., 7", "Заводская ул., 22"),
    posts=("Закупщик", "Директор", "Шеф-повар", "Управляющая", "Бухгалтер"),
    steps=(
        "Уточнить объём и дни доставки",
        "Согласовать цену",
        "Привезти образцы",
        "Напомнить про договор",
        "Отправить предложение",
        "Проверить оплату",
    ),
    claims=(
        "Мука пришла влажной",
        "Недовес в трёх мешках",
        "Опоздали на четыре часа",
        "Нет накладной в поставке",
        "Привезли не тот сорт",
        "Порваны мешки",
    ),
    contract="Договор поставки",
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
        "Corner Deli",
        "Fern & Finch",
    ),
    subjects=(
        ("Bread for a café", 60, 400),
        ("Birthday cake", 20, 90),
        ("Breakfast pastry", 120, 700),
        ("Office buffet", 80, 450),
        ("Wedding cake", 90, 320),
        ("Gift baskets", 60, 380),
        ("Sandwich rolls", 50, 260),
    ),
    wishes=(
        "Every morning before seven, Sundays off.",
        "Like the one in your photo, but without nuts.",
        "How long is delivery outside the city?",
        "Budget is open, the date is not: we open on the first.",
        "Could you send something to taste, please?",
    ),
    comments=(
        "Called, tasting on Thursday at 11:00.",
        "Sent prices and delivery times, answer expected by Friday.",
        "They ask for a discount on prepayment, agreed on 3%.",
        "No answer for two days, wrote an e-mail.",
        "Recipe confirmed: no nuts, half of it wholemeal.",
        "Came through the coffee shop next door; we deliver there since spring.",
        "The director decides and is away until Monday.",
    ),
    mail_names=("hello", "sales", "office", "orders", "info"),
    mail_hosts=(
        "northlight.example",
        "harbour-clinic.example",
        "grainandco.example",
        "riverside-hotel.example",
        "oakfield-school.example",
        "plan-architects.example",
        "corner-deli.example",
        "fernandfinch.example",
    ),
    phone="+44 20 7946 0{0}",
    form="Order from the site",
    question="What shall we bake?",
    campaign="spring",
    fields=("Delivery", "Pieces a week", "Morning", "Afternoon", "Pick-up"),
    own_company="Warm Bread Ltd",
    requisite=("gb_org", ("vat", "GB123456789")),
    bank="Example Bank",
    city="London",
    address="London, 3 Bread Lane",
    streets=("12 Forest Road", "4 Quay Street", "81 High Street", "7 Garden Walk", "22 Mill Lane"),
    posts=("Buyer", "Director", "Head chef", "Manager", "Accountant"),
    steps=(
        "Settle volume and delivery days",
        "Agree on the price",
        "Bring samples",
        "Remind them of the contract",
        "Send the offer",
        "Check the payment",
    ),
    claims=(
        "The flour came damp",
        "Three sacks short of weight",
        "Four hours late",
        "No delivery note",
        "Another grade than ordered",
        "Torn sacks",
    ),
    contract="Supply contract",
)
