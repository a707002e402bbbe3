try{document.forms[0]._tz.value=Intl.DateTimeFormat().resolvedOptions().timeZone||""}catch(e){}
