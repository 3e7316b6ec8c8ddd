namespace Mimir.Kernels.Ptx;

/// <summary>The instructions that the parser accepts; families with several mnemonics (bar, barrier) have one name.</summary>
public enum PtxOpcode
{
    Abs, Activemask, Add, Addc, And, Applypriority, Atom, Bar, BarWarp, Bfe, Bfi, Bfind, Bra, Brev, Brkpt, Call, Clz, Cnot, Copysign, Cos,
    CpAsync, CpAsyncCommitGroup, CpAsyncWaitAll, CpAsyncWaitGroup, Createpolicy, Cvt, Cvta, Discard, Div, Dp2a, Dp4a, Ex2, Exit, Fence,
    Fma, Isspacep, Ld, Ldmatrix, Ldu, Lg2, Lop3, Mad, Mad24, Madc, Match, Max, Membar, Min, Mma, Mov, Mul, Mul24, Nanosleep, Neg, Not, Or,
    Popc, Prefetch, Prefetchu, Prmt, Rcp, Red, Redux, Rem, Ret, Rsqrt, Sad, Selp, Set, Setp, Shf, Shfl, Shl, Shr, Sin, Slct, Sqrt, St,
    Sub, Subc, Tanh, Testp, Trap, Vote, Xor,
}
