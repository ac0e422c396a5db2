"""Names for the made-up chain: where it sells and what it sells."""

from typing import Literal

Season = Literal["winter", "spring", "flat"]

BRANCHES: tuple[str, ...] = (
    "Dubai Mall", "Mall of the Emirates", "Deira City Centre", "Dubai Marina", "Jumeirah Beach Road",
    "Business Bay", "Al Barsha", "Al Quoz", "Bur Dubai", "Karama", "Mirdif", "Jebel Ali", "Silicon Oasis",
    "International City", "Discovery Gardens", "Motor City", "Al Nahda", "Oud Metha", "Satwa", "Al Rigga",
    "Yas Island", "Corniche", "Al Reem Island", "Khalifa City", "Musaffah", "Al Ain Central", "Al Jimi",
    "Sharjah Central", "Al Majaz", "Muwaileh", "Ajman Corniche", "Al Jurf", "Umm Al Quwain", "Ras Al Khaimah",
    "Al Hamra", "Fujairah Port", "Dibba", "Khor Fakkan", "Expo Village", "Dubai Hills",
)  # fmt: skip
"""The first branches are kept when a smaller chain is asked for; the last two opened this year."""

MEDICINES: tuple[tuple[str, Season], ...] = (
    ("Paracetamol 500 mg", "winter"), ("Cetirizine 10 mg", "spring"), ("Metformin 850 mg", "flat"),
    ("Oseltamivir 75 mg", "winter"), ("Loratadine 10 mg", "spring"), ("Amlodipine 5 mg", "flat"),
    ("Amoxicillin 500 mg", "winter"), ("Ibuprofen 400 mg", "winter"), ("Omeprazole 20 mg", "flat"),
    ("Salbutamol inhaler", "spring"), ("Azithromycin 250 mg", "winter"), ("Atorvastatin 20 mg", "flat"),
    ("Fexofenadine 120 mg", "spring"), ("Dextromethorphan syrup", "winter"), ("Losartan 50 mg", "flat"),
    ("Fluticasone nasal spray", "spring"), ("Ambroxol syrup", "winter"), ("Levothyroxine 50 mcg", "flat"),
    ("Montelukast 10 mg", "spring"), ("Xylometazoline spray", "winter"), ("Insulin glargine", "flat"),
    ("Olopatadine eye drops", "spring"), ("Vitamin C 1000 mg", "winter"), ("Bisoprolol 5 mg", "flat"),
    ("Budesonide inhaler", "spring"), ("Diclofenac gel", "flat"), ("Clopidogrel 75 mg", "flat"),
    ("Esomeprazole 40 mg", "flat"), ("Vitamin D3 50000 IU", "winter"), ("Gliclazide 60 mg", "flat"),
)  # fmt: skip
