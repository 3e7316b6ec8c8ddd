namespace Mimir.Kernels.Ptx.Rules;

/// <summary>Moves, loads, stores, atomics, asynchronous copies and caches.</summary>
internal static class MemoryRows
{
    public const string Text =
        """
        mov.pred -> =0, 0
        mov.b16|b32|b64|u16|s16|u32|s32|u64|s64|f32|f64 -> =0, &0
        mov.b32 -> ={2}_b16, %b32
        mov.b32 -> =b32, {2}b16
        mov.b32 -> ={4}_b8, %b32
        mov.b32 -> =b32, {4}b8
        mov.b64 -> ={2}_b32, %b64
        mov.b64 -> =b64, {2}b32
        mov.b64 -> ={4}_b16, %b64
        mov.b64 -> =b64, {4}b16
        mov.b16 -> ={2}_b8, %b16
        mov.b16 -> =b16, {2}b8
        ld[.weak][.LDSPACE][.LDCOP][.VEC].MEM -> =v~0, []
        ld[.weak][.global][.LDCOP].FETCH[.VEC].MEM -> =v~0, []
        ld[.weak][.global][.LDCOP].L2::cache_hint[.FETCH][.VEC].MEM -> =v~0, [], %b64
        ld[.weak][.global].EVICT[.FETCH][.VEC].MEM -> =v~0, []
        ld[.weak][.global].EVICT.L2::cache_hint[.FETCH][.VEC].MEM -> =v~0, [], %b64
        ld.volatile[.STRONG][.VEC].MEM -> =v~0, []
        ld.volatile[.global].FETCH[.VEC].MEM -> =v~0, []
        ld.relaxed|acquire.SCOPE[.STRONG][.VEC].MEM -> =v~0, [] @ 6.0 sm_70
        ld.relaxed|acquire.SCOPE[.global][.EVICT][.FETCH][.VEC].MEM -> =v~0, [] @ 6.0 sm_70
        ld.relaxed|acquire.SCOPE[.global][.EVICT].L2::cache_hint[.FETCH][.VEC].MEM -> =v~0, [], %b64 @ 6.0 sm_70
        ld.global[.ca|cg|cs].nc[.FETCH][.VEC].MEM -> =v~0, []
        ld.global[.ca|cg|cs].nc.L2::cache_hint[.FETCH][.VEC].MEM -> =v~0, [], %b64
        ld.global.nc.EVICT[.FETCH][.VEC].MEM -> =v~0, []
        ld.global.nc.EVICT.L2::cache_hint[.FETCH][.VEC].MEM -> =v~0, [], %b64
        ldu[.global][.VEC].MEM -> =v~0, []
        st[.weak][.STSPACE][.STCOP][.VEC].MEM -> [], v~0
        st[.weak][.global][.STCOP].L2::cache_hint[.VEC].MEM -> [], v~0, %b64
        st[.weak][.global].EVICT[.VEC].MEM -> [], v~0
        st[.weak][.global].EVICT.L2::cache_hint[.VEC].MEM -> [], v~0, %b64
        st.volatile[.STRONG][.VEC].MEM -> [], v~0
        st.relaxed|release.SCOPE[.STRONG][.VEC].MEM -> [], v~0 @ 6.0 sm_70
        st.relaxed|release.SCOPE[.global].EVICT[.VEC].MEM -> [], v~0 @ 6.0 sm_70
        st.relaxed|release.SCOPE[.global][.EVICT].L2::cache_hint[.VEC].MEM -> [], v~0, %b64 @ 6.0 sm_70
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].add[.L2::cache_hint].u32|s32|u64|f32|f64 -> =_0, [], 0, %b64?
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].f16 -> =_0, [], 0, %b64? @ 6.3 sm_70
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].f16x2 -> =_0, [], 0, %b64? @ 6.2 sm_60
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].bf16|bf16x2 -> =_0, [], 0, %b64? @ 7.8 sm_90
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].min|max[.L2::cache_hint].u32|s32|u64|s64 -> =_0, [], 0, %b64?
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].inc|dec[.L2::cache_hint].u32 -> =_0, [], 0, %b64?
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].and|or|xor|exch[.L2::cache_hint].b32|b64 -> =_0, [], 0, %b64?
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].cas[.L2::cache_hint].b32|b64 -> =_0, [], 0, 0, %b64?
        atom[.relaxed|acquire|release|acq_rel][.SCOPE][.STRONG].cas.b16 -> =_0, [], 0, 0 @ 6.3 sm_70
        red[.relaxed|release][.SCOPE][.STRONG].add[.L2::cache_hint].u32|s32|u64|f32|f64 -> [], 0, %b64?
        red[.relaxed|release][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].f16 -> [], 0, %b64? @ 6.3 sm_70
        red[.relaxed|release][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].f16x2 -> [], 0, %b64? @ 6.2 sm_60
        red[.relaxed|release][.SCOPE][.STRONG].add.noftz[.L2::cache_hint].bf16|bf16x2 -> [], 0, %b64? @ 7.8 sm_90
        red[.relaxed|release][.SCOPE][.STRONG].min|max[.L2::cache_hint].u32|s32|u64|s64 -> [], 0, %b64?
        red[.relaxed|release][.SCOPE][.STRONG].inc|dec[.L2::cache_hint].u32 -> [], 0, %b64?
        red[.relaxed|release][.SCOPE][.STRONG].and|or|xor[.L2::cache_hint].b32|b64 -> [], 0, %b64?
        cvta.global|local|shared|shared::cta|const.u64 -> =0, &0
        cvta.param|param::entry.u64 -> =0, &0 @ 7.7 sm_70
        cvta.to.global|local|shared|shared::cta|const.u64 -> =0, %0
        cvta.to.param|param::entry.u64 -> =0, %0 @ 7.7 sm_70
        isspacep.global|local|shared|shared::cta|const -> =pred, %u64
        isspacep.param|param::entry -> =pred, %u64 @ 7.7 sm_70
        prefetch[.global|local].L1|L2 -> []
        prefetch.global.L2::evict_last|L2::evict_normal -> []
        prefetchu.L1 -> []
        applypriority[.global].L2::evict_normal -> [], #u32(128)
        discard[.global].L2 -> [], #u32(128) @ 7.4 sm_80
        createpolicy.fractional.SECOND[.L2::evict_first|L2::evict_unchanged].b64 -> =b64, f32? @ 7.4 sm_80
        createpolicy.range[.global].SECOND[.L2::evict_first|L2::evict_unchanged].b64 -> =b64, [], u32, u32 @ 7.4 sm_80
        cp.async.ca.shared|shared::cta.global[.FETCH] -> [], [], #u32(4|8|16), u32? @ 7.0 sm_80
        cp.async.cg.shared|shared::cta.global[.FETCH] -> [], [], #u32(16), u32? @ 7.0 sm_80
        cp.async.ca.shared|shared::cta.global.L2::cache_hint[.FETCH] -> [], [], #u32(4|8|16), u32?, %b64 @ 7.4 sm_80
        cp.async.cg.shared|shared::cta.global.L2::cache_hint[.FETCH] -> [], [], #u32(16), u32?, %b64 @ 7.4 sm_80
        cp.async.ca.shared|shared::cta.global[.FETCH] -> [], [], #u32(4|8|16), !pred @ 7.5 sm_80
        cp.async.cg.shared|shared::cta.global[.FETCH] -> [], [], #u32(16), !pred @ 7.5 sm_80
        cp.async.commit_group -> @ 7.0 sm_80
        cp.async.wait_group -> #u32(0..2147483647) @ 7.0 sm_80
        cp.async.wait_all -> @ 7.0 sm_80
        """;
}
