"""What counts and sums say: pure functions, no state, and a defined answer for every count.

Two arms are always given treatment first, control second, and a difference is treatment less control. Swapping the arms
flips signs and nothing else, to the last bit. No answer is NaN or infinite and none is an exception: an arm without a
unit says nothing, so its p-value is 1 and its interval as wide as it can be.
"""
